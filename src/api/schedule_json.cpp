#include "api/schedule_json.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "api/fields.hpp"
#include "api/message_fields.hpp"
#include "text/digest.hpp"
#include "text/identifier.hpp"
#include "text/json.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;

constexpr std::chrono::days kMaxAhead{366};

void read_times(Fields& fields, Instant now, ScheduleRequest& request) {
  request.scheduled_for = std::max(fields.instant("scheduledFor").value_or(now), now);
  request.expires_at = fields.instant("expiresAt");
  if (request.scheduled_for > now + kMaxAhead) {
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

void read_idempotency_headers(Fields& fields, const std::vector<std::string_view>& headers,
                              ScheduleRequest& request) {
  for (const std::string_view header : headers) {
    if (!text::is_utf8(header)) {
      return fields.refuse(
          {.status = 400, .code = "invalid_field", .message = "The header Idempotency-Key must be UTF-8."});
    }
    if (auto rejection = text::check_id("The header Idempotency-Key", header)) {
      return fields.refuse(*std::move(rejection));
    }
    if (request.idempotency_key.value_or(std::string(header)) != header) {
      return fields.refuse(
          {.status = 400,
           .code = "conflicting_idempotency_keys",
           .message = "The header Idempotency-Key and the field idempotencyKey differ; send only one."});
    }
    request.idempotency_key = header;
  }
}

// The hash of the request's meaning: keys are sorted, null counts as absent, and the idempotency key is left
// out, because it may be sent as a header.
std::string request_hash_of(json& body) {
  auto& members = body.get_ref<json::object_t&>();
  std::erase_if(members, [](const auto& member) { return member.second.is_null(); });
  auto key = members.extract("idempotencyKey");
  std::string hash = text::sha256_hex(body.dump());
  if (!key.empty()) members.insert(std::move(key));
  return hash;
}

// A single message is its only part, which is serialised already; a sequence is serialised again.
std::string content_hash_of(const json& message_data, const ScheduleRequest& request) {
  return text::sha256_hex(message_data.contains("sequence") ? message_data.dump() : request.parts.front());
}

}  // namespace

Result<ScheduleRequest> schedule_request_from_json(std::string_view text,
                                                   const std::vector<std::string_view>& idempotency_headers,
                                                   Instant now, bool has_renderer) {
  if (text.size() > kMaxMessageBytes) return too_large("The message", kMaxMessageBytes);
  Result<json> body = text::parse_object(text);
  if (!body) return body.rejection();

  Fields fields(*body);
  fields.require({"userId", "agentId", "messageData"});
  fields.allow_only(kMessageFields);
  if (fields.rejection()) return *fields.rejection();
  std::string request_hash = request_hash_of(*body);
  ScheduleRequest request = read_message_fields(fields, has_renderer);
  read_idempotency_headers(fields, idempotency_headers, request);
  read_times(fields, now, request);
  if (fields.rejection()) return *fields.rejection();
  request.request_hash = std::move(request_hash);
  request.content_hash = content_hash_of(*body->find("messageData"), request);
  return request;
}

namespace {

std::string_view to_text(ScheduleDecision::Outcome outcome) {
  using Outcome = ScheduleDecision::Outcome;
  switch (outcome) {
    case Outcome::promoted:
      return "promoted";
    case Outcome::next_pass:
      return "next_pass";
    case Outcome::deferred:
      return "deferred";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::expired:
      return "expired";
  }
  std::abort();
}

OrderedJson to_json(const ScheduleDecision& decision) {
  OrderedJson body = {{"outcome", to_text(decision.outcome)}};
  if (decision.reason) body["reason"] = orchestrator::to_text(*decision.reason);
  if (decision.eligible_at) body["eligibleAt"] = format_instant(*decision.eligible_at);
  return body;
}

}  // namespace

OrderedJson to_json(const Scheduled& scheduled) {
  OrderedJson response = {{"success", true},
                          {"messageId", scheduled.id.value},
                          {"status", "queued"},
                          {"scheduledFor", format_instant(scheduled.scheduled_for)}};
  switch (scheduled.kind) {
    case Scheduled::Kind::queued:
      break;
    case Scheduled::Kind::replayed:
      response["replayed"] = true;
      break;
    case Scheduled::Kind::duplicate:
      response["duplicateOf"] = scheduled.id.value;
      break;
  }
  response["decision"] = to_json(scheduled.decision);
  return response;
}

OrderedJson bulk_result_json(const std::variant<Scheduled, Rejection>& result) {
  if (const auto* scheduled = std::get_if<Scheduled>(&result)) return to_json(*scheduled);
  const auto& rejection = std::get<Rejection>(result);
  OrderedJson response = {{"success", false},
                          {"status", rejection.status},
                          {"error", rejection.code},
                          {"message", rejection.message}};
  if (!rejection.required.empty()) response["required"] = rejection.required;
  return response;
}

}  // namespace orchestrator::api
