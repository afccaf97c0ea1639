#include "http/schedule_json.hpp"

#include <algorithm>
#include <utility>

#include "http/fields.hpp"
#include "http/json.hpp"
#include "http/text.hpp"

namespace orchestrator::http {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxContentCharacters = 1600;  // Twilio's cap for one message body
constexpr auto kFurthestAhead = std::chrono::days{366};

// What a person will read must be there: a message with nothing to say would fail only when it is due.
std::optional<Rejection> check_message_data(const json& message_data) {
  if (message_data.contains("sequence")) {
    return Rejection{.status = 422,
                     .code = "sequence_not_supported",
                     .message = "messageData.sequence is not supported; schedule each message by itself."};
  }
  const auto content = message_data.find("content");
  if (content != message_data.end() && !content->is_null() && !content->is_string()) {
    return Rejection{
        .status = 400, .code = "invalid_field", .message = "messageData.content must be a text."};
  }
  if (content == message_data.end() || content->is_null() ||
      is_blank(content->get_ref<const std::string&>())) {
    return Rejection{.status = 422,
                     .code = "no_content",
                     .message = "There is nothing to send: put the text into messageData.content."};
  }
  if (count_characters(content->get_ref<const std::string&>()) > kMaxContentCharacters) {
    return Rejection{.status = 422,
                     .code = "content_too_long",
                     .message = "messageData.content may have " + std::to_string(kMaxContentCharacters) +
                                " characters; split the message."};
  }
  return std::nullopt;
}

void read_priority(Fields& fields, ScheduleRequest& request) {
  const auto text = fields.text("priority");
  if (!text) return;
  const auto priority = priority_from_text(*text);
  if (priority) {
    request.priority = *priority;
  } else {
    fields.refuse({.status = 400,
                   .code = "invalid_priority",
                   .message = "priority must be one of urgent, high, medium, low."});
  }
}

void read_times(Fields& fields, Instant now, ScheduleRequest& request) {
  request.scheduled_for = std::max(fields.instant("scheduledFor").value_or(now), now);
  request.expires_at = fields.instant("expiresAt");
  if (request.scheduled_for > now + kFurthestAhead) {
    fields.refuse({.status = 422,
                   .code = "too_far_ahead",
                   .message = "scheduledFor may be at most 366 days from now."});
  }
  if (request.expires_at && *request.expires_at <= request.scheduled_for) {
    fields.refuse({.status = 422,
                   .code = "already_expired",
                   .message = "expiresAt must be later than now and later than scheduledFor."});
  }
}

void read_idempotency_key(Fields& fields, std::optional<std::string> header, ScheduleRequest& request) {
  request.idempotency_key = fields.id("idempotencyKey");
  if (!header) return;
  if (!is_utf8(*header)) {
    return fields.refuse(
        {.status = 400, .code = "invalid_field", .message = "The header Idempotency-Key must be UTF-8."});
  }
  if (auto rejection = check_id("The header Idempotency-Key", *header)) {
    return fields.refuse(*std::move(rejection));
  }
  if (request.idempotency_key && request.idempotency_key != header) {
    return fields.refuse(
        {.status = 400,
         .code = "conflicting_idempotency_keys",
         .message = "The header Idempotency-Key and the field idempotencyKey differ; send one."});
  }
  request.idempotency_key = std::move(header);
}

}  // namespace

std::variant<ScheduleRequest, Rejection> schedule_request_from_json(
    std::string_view body, std::optional<std::string> idempotency_header, Instant now) {
  auto parsed = parse_object(body);
  if (auto* rejection = std::get_if<Rejection>(&parsed)) return std::move(*rejection);

  Fields fields(std::get<json>(parsed));
  fields.require({"userId", "agentId", "messageData"});
  fields.allow_only({"userId", "agentId", "messageData", "priority", "canDelay", "requiresFreshContext",
                     "conversationId", "scheduledFor", "expiresAt", "idempotencyKey", "supersedeKey",
                     "allowDuplicate"});
  ScheduleRequest request;
  request.user = UserId(fields.id("userId").value_or(""));
  request.agent = AgentId(fields.id("agentId").value_or(""));
  request.conversation_id = fields.id("conversationId");
  request.supersede_key = fields.id("supersedeKey");
  request.can_delay = fields.boolean("canDelay").value_or(true);
  request.requires_fresh_context = fields.boolean("requiresFreshContext").value_or(false);
  fields.boolean("allowDuplicate");
  read_idempotency_key(fields, std::move(idempotency_header), request);
  read_priority(fields, request);
  read_times(fields, now, request);
  if (const json* message_data = fields.object("messageData")) {
    if (auto rejection = check_message_data(*message_data)) fields.refuse(*std::move(rejection));
    request.message_data = message_data->dump();
  }
  if (fields.rejection()) return *fields.rejection();
  return request;
}

OrderedJson to_json(const Scheduled& scheduled) {
  return {{"success", true},
          {"messageId", scheduled.id.value},
          {"status", "queued"},
          {"scheduledFor", format_instant(scheduled.scheduled_for)}};
}

}  // namespace orchestrator::http
