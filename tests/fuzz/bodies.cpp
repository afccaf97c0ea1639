// JSON bodies of POST /schedule-message, /preview, /inbound-messages and PUT /users/{id}.

#include <nlohmann/json.hpp>
#include <string>

#include "api/fields.hpp"
#include "api/inbound_json.hpp"
#include "api/preview_json.hpp"
#include "api/schedule_json.hpp"
#include "api/user_json.hpp"
#include "fuzz/targets.hpp"
#include "policy/policy.hpp"
#include "text/identifier.hpp"
#include "text/json.hpp"
#include "text/utf8.hpp"

namespace orchestrator::fuzz {

namespace {

using nlohmann::json;

const Instant kNow = *parse_instant("2026-11-20T18:00:00Z");

void require_id(std::string_view id) { require(!text::check_id("id", id), "an accepted id may be one"); }

void check_json(std::string_view input) {
  const auto parsed = text::parse_object(input);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) return check_refusal(*rejection);
  const auto& object = std::get<json>(parsed);
  require(object.is_object() && input.find('\0') == std::string_view::npos, "an object is read, all of it");
  require(object == json::parse(input, nullptr, false), "the JSON library reads the same object");
  const auto again = text::parse_object(object.dump());
  require(std::holds_alternative<json>(again) && std::get<json>(again) == object,
          "what is written reads as the same object");
}

void check_parts(const ScheduleRequest& request) {
  require(!request.parts.empty(), "a message has a part");
  for (const std::string& text : request.parts) {
    const json part = json::parse(text, nullptr, false);
    require(part.is_object(), "a part is an object");
    if (request.needs_rendering) continue;
    const std::string content = part.value("content", "");
    require(!text::is_blank(content) && text::count_characters(content) <= 1'600,
            "a part has a text to send");
  }
}

void check_schedule(std::string_view input, bool has_renderer) {
  const auto parsed = api::schedule_request_from_json(input, {}, kNow, has_renderer);
  if (!parsed) {
    check_refusal(parsed.rejection());
    std::ignore = api::bulk_result_json(parsed.rejection()).dump();
    return;
  }
  const ScheduleRequest& request = *parsed;
  require_id(request.user.value);
  require_id(request.agent.value);
  for (const auto& id : {request.idempotency_key, request.conversation_id, request.supersede_key}) {
    if (id) require_id(*id);
  }
  require(request.scheduled_for >= kNow && request.scheduled_for <= kNow + std::chrono::days{366},
          "nothing is dated back, or too far ahead");
  require(!request.expires_at || *request.expires_at > request.scheduled_for, "it expires after it is due");
  check_parts(request);
  const auto rewritten = api::schedule_request_from_json(json::parse(input).dump(), {}, kNow, has_renderer);
  if (!rewritten) return require(rewritten.rejection().status == 413, "written anew it is as good");
  require(rewritten->request_hash == request.request_hash && rewritten->content_hash == request.content_hash,
          "the same request has the same fingerprint, however it is written");
}

void check_preview(std::string_view input) {
  const RuleDefaults defaults;
  const auto parsed = api::preview_request_from_json(input, kNow, defaults);
  if (!parsed) return check_refusal(parsed.rejection());
  const api::PreviewRequest& preview = *parsed;
  const auto* facts = std::get_if<UserFacts>(&preview.user);
  const auto answer = api::preview_json(preview, facts != nullptr ? *facts : UserFacts{}, defaults);
  const auto decision = answer["decision"].get<std::string>();
  if (decision != "send" && decision != "defer") return;
  if (answer["eligibleAt"].is_null()) return;
  const auto eligible = parse_instant(answer["eligibleAt"].get<std::string>());
  require(!eligible || *eligible >= preview.at, "nothing goes before it is asked about");
}

void check_user(std::string_view input) {
  const auto parsed = api::user_from_json(UserId("ann"), input, "Europe/London");
  if (!parsed) return check_refusal(parsed.rejection());
  const User& user = *parsed;
  require(policy::is_timezone(user.timezone), "a person has a zone");
  require(!user.phone_number || text::is_e164(*user.phone_number), "a number is one");
  for (const auto& limit : {user.hourly_limit, user.daily_limit}) {
    require(!limit || (*limit >= 0 && *limit <= 100'000), "a limit is a sensible number");
  }
}

void check_inbound(std::string_view input) {
  const auto parsed = api::incoming_message_from_json(input);
  if (!parsed) return check_refusal(parsed.rejection());
  const IncomingMessage& message = *parsed;
  require_id(message.contact_id);
  require(!message.phone_number || text::is_e164(*message.phone_number), "a number is one");
  require(message.text.size() <= api::kMaxIncomingTextBytes, "a text is as long as it may be");
  require(message.content_hash.size() == 64, "a message has a fingerprint");
  require(json::parse(message.metadata, nullptr, false).is_object(), "metadata are an object");
}

}  // namespace

void check_bodies(std::string_view input) {
  check_json(input);
  check_schedule(input, false);
  check_schedule(input, true);
  check_preview(input);
  check_user(input);
  check_inbound(input);
}

}  // namespace orchestrator::fuzz
