#include "api/preview_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "api/decision_json.hpp"
#include "api/fields.hpp"
#include "api/message_fields.hpp"
#include "api/user_fields.hpp"
#include "policy/policy.hpp"
#include "text/json.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 2> kPreviewFields = {"at", "user"};
constexpr std::array<std::string_view, 5> kHistoryFields = {"lastInboundAt", "lastSentAt", "recentSends",
                                                            "sentToday", "optedOut"};

UserFacts facts_of(User user) {
  UserFacts facts;
  facts.timezone = std::move(user.timezone);
  facts.quiet_hours_start = user.quiet_hours_start;
  facts.quiet_hours_end = user.quiet_hours_end;
  facts.quiet_hours_enabled = user.quiet_hours_enabled;
  facts.hourly_limit = user.hourly_limit;
  facts.daily_limit = user.daily_limit;
  facts.response_pattern = user.response_pattern;
  return facts;
}

// Fields that are not sent are derived from recentSends.
void read_history(Fields& fields, Instant at, const RuleDefaults& defaults, UserFacts& facts) {
  facts.opted_out = fields.boolean("optedOut").value_or(false);
  facts.last_inbound_at = fields.instant("lastInboundAt");
  facts.last_outbound_at = fields.instant("lastSentAt");
  facts.recent_sends = fields.instants("recentSends").value_or(std::vector<Instant>{});
  const auto sent_today = read_count(fields, "sentToday", "");
  if (fields.rejection()) return;

  std::ranges::sort(facts.recent_sends);
  if (!facts.last_outbound_at && !facts.recent_sends.empty()) {
    facts.last_outbound_at = facts.recent_sends.back();
  }
  const policy::Zone zone = policy::limits_in_force(facts, defaults).zone;
  const LocalDate today = policy::local_date(at, zone);
  const auto is_today = [&](Instant sent) { return policy::local_date(sent, zone) == today; };
  facts.counted_date = today;
  facts.sent_on_date =
      sent_today ? *sent_today : static_cast<int>(std::ranges::count_if(facts.recent_sends, is_today));
}

UserFacts read_user(Fields& fields, json& object, Instant at, const RuleDefaults& defaults) {
  Fields user_fields(object);
  user_fields.allow_only(kUserFields, kHistoryFields);
  UserFacts facts = facts_of(read_user_fields(user_fields, defaults.timezone));
  read_history(user_fields, at, defaults, facts);
  if (user_fields.rejection()) {
    Rejection rejection = *user_fields.rejection();
    rejection.message.insert(0, "In user: ");
    fields.refuse(std::move(rejection));
  }
  return facts;
}

QueuedMessage message_of(const ScheduleRequest& request) {
  QueuedMessage message;
  message.priority = request.priority;
  message.can_delay = request.can_delay;
  message.scheduled_for = request.scheduled_for;
  message.expires_at = request.expires_at;
  message.has_content = !request.needs_rendering;
  if (request.parts.size() > 1) message.sequence.resize(request.parts.size());
  return message;
}

void check_one_user(Fields& fields, bool has_id, bool has_user) {
  if (has_id && has_user) {
    fields.refuse(
        {.status = 400,
         .code = "conflicting_users",
         .message = "Send either userId, for a stored user, or user, an inline description; not both."});
  } else if (!has_id && !has_user) {
    fields.refuse({.status = 400,
                   .code = "missing_fields",
                   .message = "Missing: userId, for a stored user, or user, an inline description.",
                   .required = {"userId"}});
  }
}

}  // namespace

Result<PreviewRequest> preview_request_from_json(std::string_view body, Instant now,
                                                 const RuleDefaults& defaults) {
  Result<json> object = text::parse_object(body);
  if (!object) return object.rejection();

  Fields fields(*object);
  fields.allow_only(kMessageFields, kPreviewFields);
  PreviewRequest preview;
  preview.at = fields.instant("at").value_or(now);
  ScheduleRequest request = read_message_fields(fields, defaults.has_renderer);
  request.scheduled_for = fields.instant("scheduledFor").value_or(preview.at);
  request.expires_at = fields.instant("expiresAt");
  json* user = fields.object("user");
  check_one_user(fields, !request.user.value.empty(), user != nullptr);
  if (fields.rejection()) return *fields.rejection();

  preview.message = message_of(request);
  if (user != nullptr) {
    preview.user = read_user(fields, *user, preview.at, defaults);
  } else {
    preview.user = std::move(request.user);
  }
  if (fields.rejection()) return *fields.rejection();
  return preview;
}

OrderedJson preview_json(const PreviewRequest& request, const UserFacts& facts,
                         const RuleDefaults& defaults) {
  const policy::Limits limits = policy::limits_in_force(facts, defaults);
  const policy::Verdict verdict = policy::decide(request.at, request.message, facts, limits);
  const bool can_be_sent =
      verdict.decision == policy::Decision::send || verdict.decision == policy::Decision::defer;
  return {{"decision", to_text(verdict.decision)},
          {"reason", reason_json(verdict.reason)},
          {"eligibleAt", can_be_sent ? or_null(verdict.eligible_at, format_instant) : OrderedJson(nullptr)},
          {"rules", to_json(policy::explain(request.at, request.message, facts, limits))}};
}

}  // namespace orchestrator::api
