#include "api/user_json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "api/fields.hpp"
#include "api/user_fields.hpp"
#include "policy/activity.hpp"
#include "policy/policy.hpp"
#include "text/json.hpp"
#include "text/time_of_day.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// The other fields of GET's response. PUT ignores them, so that the response of GET can be sent back.
constexpr std::array<std::string_view, 9> kReadOnlyFields = {"userId",     "effective", "active",
                                                             "optedOutAt", "blocked",   "nextAttemptAt",
                                                             "budget",     "createdAt", "updatedAt"};

std::string format_date(LocalDate date) {
  const std::chrono::year_month_day day(date);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

OrderedJson pattern_json(const ResponsePattern& pattern) {
  OrderedJson hours = OrderedJson::array();
  for (std::size_t hour = 0; hour < pattern.best_hours.size(); ++hour) {
    if (pattern.best_hours[hour]) hours.push_back(hour);
  }
  OrderedJson days = OrderedJson::array();
  for (std::size_t day = 0; day < kWeekdays.size(); ++day) {
    if (pattern.preferred_days[day]) days.push_back(kWeekdays[day]);
  }
  return {{"bestHours", std::move(hours)}, {"preferredDays", std::move(days)}};
}

OrderedJson effective_settings_json(const UserFacts& facts, const RuleDefaults& defaults,
                                    const policy::Limits& limits) {
  return {{"timezone", limits.zone.is_fallback ? defaults.timezone : facts.timezone},
          {"quietHoursStart", text::format_time_of_day(limits.quiet_hours.start)},
          {"quietHoursEnd", text::format_time_of_day(limits.quiet_hours.end)},
          {"quietHoursEnabled", limits.quiet_hours.enabled},
          {"hourlyLimit", limits.hourly},
          {"dailyLimit", limits.daily},
          {"cooldownSeconds", limits.cooldown.count()}};
}

OrderedJson budget_json(const UserFacts& facts, const policy::Limits& limits, Instant now) {
  const LocalDate today = policy::local_date(now, limits.zone);
  const auto in_last_hour = [now](Instant sent) { return sent > now - 1h; };
  return {{"date", format_date(today)},
          {"messagesSent", facts.counted_date == today ? facts.sent_on_date : 0},
          {"dailyLimit", limits.daily},
          {"sentLastHour", std::ranges::count_if(facts.recent_sends, in_last_hour)},
          {"hourlyLimit", limits.hourly},
          {"lastMessageAt", or_null(facts.last_outbound_at, format_instant)},
          {"lastInboundAt", or_null(facts.last_inbound_at, format_instant)}};
}

}  // namespace

Result<User> user_from_json(UserId id, std::string_view body, std::string_view default_timezone) {
  Result<json> object = text::parse_object(body);
  if (!object) return object.rejection();

  Fields fields(*object);
  fields.allow_only(kUserFields, kReadOnlyFields);
  User user = read_user_fields(fields, default_timezone);
  user.id = std::move(id);
  if (fields.rejection()) return *fields.rejection();
  return user;
}

OrderedJson blocked_json(const UserFacts& facts, const policy::Limits& limits, Instant now) {
  if (facts.opted_out) return {{"by", to_text(Reason::opted_out)}, {"until", nullptr}};
  const policy::UserBlock block = policy::user_block(now, facts, limits);
  if (!block.reason) return nullptr;
  return {{"by", to_text(*block.reason)}, {"until", format_instant(block.until)}};
}

OrderedJson to_json(const UserRecord& record, const RuleDefaults& defaults, Instant now) {
  const User& user = record.user;
  const policy::Limits limits = policy::limits_in_force(record.facts, defaults);
  return {{"userId", user.id.value},
          {"phoneNumber", or_null(user.phone_number)},
          {"timezone", user.timezone},
          {"quietHoursStart", or_null(user.quiet_hours_start, text::format_time_of_day)},
          {"quietHoursEnd", or_null(user.quiet_hours_end, text::format_time_of_day)},
          {"quietHoursEnabled", or_null(user.quiet_hours_enabled)},
          {"hourlyLimit", or_null(user.hourly_limit)},
          {"dailyLimit", or_null(user.daily_limit)},
          {"responsePattern", or_null(user.response_pattern, pattern_json)},
          {"effective", effective_settings_json(record.facts, defaults, limits)},
          {"active", policy::is_active(now, record.facts, limits)},
          {"optedOutAt", or_null(record.opted_out_at, format_instant)},
          {"blocked", blocked_json(record.facts, limits, now)},
          {"nextAttemptAt", or_null(record.next_attempt_at, format_instant)},
          {"budget", budget_json(record.facts, limits, now)},
          {"createdAt", format_instant(record.created_at)},
          {"updatedAt", format_instant(record.updated_at)}};
}

}  // namespace orchestrator::api
