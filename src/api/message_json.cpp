#include "api/message_json.hpp"

#include <string>
#include <utility>

namespace orchestrator::api {

namespace {

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

}  // namespace orchestrator::api
