#include "api/message_json.hpp"

#include <string>
#include <utility>

namespace orchestrator::api {

namespace {

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

OrderedJson sequence_json(const MessageRecord& record) {
  if (record.sequence_id.empty()) return nullptr;
  return {
      {"id", record.sequence_id}, {"position", record.sequence_position}, {"total", record.sequence_total}};
}

OrderedJson sent_json(const SentMessage& sent) {
  return {{"messageId", sent.id.value},
          {"status", sent.status},
          {"provider", text_or_null(sent.provider)},
          {"providerMessageId", text_or_null(sent.provider_message_id)},
          {"errorCode", text_or_null(sent.error_code)},
          {"attempts", sent.attempts},
          {"waitingFor", text_or_null(sent.waiting_for)},
          {"nextAttemptAt", or_null(sent.next_attempt_at, format_instant)},
          {"sentAt", or_null(sent.sent_at, format_instant)},
          {"deliveredAt", or_null(sent.delivered_at, format_instant)}};
}

OrderedJson history_json(const std::vector<HistoryEntry>& events) {
  OrderedJson history = OrderedJson::array();
  for (const HistoryEntry& event : events) {
    OrderedJson entry = {{"at", format_instant(event.at)}, {"event", event.what}};
    if (!event.reason.empty()) entry["reason"] = event.reason;
    if (event.until) entry["until"] = format_instant(*event.until);
    history.push_back(std::move(entry));
  }
  return history;
}

// What a promoted message is waiting for, or why nobody knows where it is; "" when the status says it all.
std::string delivery_text(const SentMessage& sent) {
  const std::string because = sent.error_code.empty() ? "" : " (" + sent.error_code + ")";
  const std::string at = sent.next_attempt_at ? " at " + format_instant(*sent.next_attempt_at) : "";
  if (sent.status == "pending" && sent.waiting_for == to_text(Reason::quiet_hours)) {
    return " It waits for the end of the person's quiet hours and goes" + at + ".";
  }
  if (sent.status == "pending" && !sent.waiting_for.empty()) {
    return " The provider could not take it" + because + "; it is tried again" + at + ".";
  }
  if (sent.status == "unknown") {
    return " Whether it went, nobody can say" + because +
           (at.empty() ? "." : "; it is looked into" + at + ".");
  }
  return sent.status == "failed" || sent.status == "undelivered" ? " It will not be sent" + because + "."
                                                                 : "";
}

std::string settled_text(const MessageRecord& record) {
  if (record.status == "sent") {
    return "It crossed the line" +
           (record.promoted_at ? " at " + format_instant(*record.promoted_at) : std::string()) +
           (record.sent ? " and is " + record.sent->status + " now." + delivery_text(*record.sent) : ".");
  }
  if (record.superseded_by) return "Message " + record.superseded_by->value + " took its place.";
  if (record.status_reason.empty() || record.status_reason == record.status) {
    return "It is " + record.status + " and will not be sent.";
  }
  return "It is " + record.status + " (" + record.status_reason + ") and will not be sent.";
}

}  // namespace

OrderedJson to_json(const MessageRecord& record) {
  OrderedJson json = {
      {"messageId", record.id.value},
      {"userId", record.user.value},
      {"agentId", record.agent.value},
      {"conversationId", text_or_null(record.conversation_id)},
      {"content", text_or_null(record.content)},
      {"priority", to_text(record.priority)},
      {"canDelay", record.can_delay},
      {"status", record.status},
      {"statusReason", text_or_null(record.status_reason)},
      {"scheduledFor", format_instant(record.scheduled_for)},
      {"expiresAt", or_null(record.expires_at, format_instant)},
      {"createdAt", format_instant(record.created_at)},
      {"promotedAt", or_null(record.promoted_at, format_instant)},
      {"supersedeKey", text_or_null(record.supersede_key)},
      {"supersededBy", or_null(record.superseded_by, [](const MessageId& id) { return id.value; })},
      {"sequence", sequence_json(record)},
      {"sent", or_null(record.sent, sent_json)},
      {"history", history_json(record.history)}};
  if (is_waiting(record) && record.awaiting) json["awaiting"] = to_text(*record.awaiting);
  return json;
}

bool is_waiting(const MessageRecord& record) {
  return record.status == "queued" || record.status == "approved";
}

OrderedJson settled_json(const MessageRecord& record) {
  return {{"messageId", record.id.value},
          {"status", record.status},
          {"statusReason", text_or_null(record.status_reason)},
          {"rules", OrderedJson::array()},
          {"explanation", settled_text(record)}};
}

}  // namespace orchestrator::api
