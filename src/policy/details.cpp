#include "policy/details.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/time_zone.hpp"

namespace orchestrator::policy {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string two_digits(std::int64_t number) {
  const std::string text = std::to_string(number);
  return text.size() < 2 ? "0" + text : text;
}

// "22:00", and finer only where it is.
std::string clock_text(TimeOfDay time) {
  const std::chrono::hh_mm_ss parts{time};
  std::string text = two_digits(parts.hours().count()) + ":" + two_digits(parts.minutes().count());
  if (parts.seconds().count() != 0 || parts.subseconds().count() != 0) {
    text += ":" + two_digits(parts.seconds().count());
  }
  return text;
}

// "12 s", "4 min", "3 h", "2 days": whole units that have passed.
std::string length_text(Duration length) {
  const Duration passed = std::max(length, Duration::zero());
  if (passed < minutes{1}) return std::to_string(std::chrono::floor<seconds>(passed).count()) + " s";
  if (passed < hours{1}) return std::to_string(std::chrono::floor<minutes>(passed).count()) + " min";
  if (passed < days{2}) return std::to_string(std::chrono::floor<hours>(passed).count()) + " h";
  return std::to_string(std::chrono::floor<days>(passed).count()) + " days";
}

std::string count_text(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string date_text(LocalDate date) {
  const std::chrono::year_month_day day{date};
  return std::to_string(static_cast<int>(day.year())) + "-" + two_digits(static_cast<unsigned>(day.month())) +
         "-" + two_digits(static_cast<unsigned>(day.day()));
}

std::string_view weekday_text(LocalDate date) {
  constexpr std::array<std::string_view, 7> kNames = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};
  return kNames.at(std::chrono::weekday{date}.c_encoding());
}

std::string zone_text(const RuleInput& input) { return name_of(input.limits.zone); }

// What makes an unusable zone visible to whoever asks.
std::string fallback_text(const RuleInput& input) {
  if (!input.limits.zone.is_fallback) return "";
  const std::string& name = input.facts.timezone;
  const std::string what = name.empty() ? "no zone is set" : "zone \"" + name + "\" is unusable";
  return "; " + what + ", " + zone_text(input) + " is used";
}

std::string local_time_text(const RuleInput& input) {
  const WallClock wall = wall_clock(input.now, input.limits.zone);
  return "local time " + clock_text(wall - std::chrono::floor<days>(wall)) + " in " + zone_text(input);
}

std::string lifted_text(const RuleInput& input) {
  return "lifted: the user wrote " + length_text(input.now - *input.facts.last_inbound_at) + " ago";
}

bool is_active_user(const RuleInput& input) { return is_active(input.now, input.facts, input.limits); }

}  // namespace

std::string detail_of_expired(const RuleInput& input) {
  const auto& expires_at = input.message.expires_at;
  if (!expires_at) return "does not expire";
  return (is_expired(input.now, input.message) ? "expired at " : "expires at ") + format_instant(*expires_at);
}

std::string detail_of_incomplete_sequence(const RuleInput& input) {
  const std::size_t parts = input.message.sequence.size();
  if (!input.message.is_complete) {
    return "parts of the sequence are missing, " + count_text(parts, "part") + " arrived";
  }
  return parts == 0 ? "a message by itself" : count_text(parts, "part") + " of the sequence, none missing";
}

std::string detail_of_not_due(const RuleInput& input) {
  const bool is_due = input.message.scheduled_for <= input.now;
  return (is_due ? "due since " : "due at ") + format_instant(input.message.scheduled_for);
}

std::string detail_of_optimal_time(const RuleInput& input) {
  const QueuedMessage& message = input.message;
  const auto& pattern = input.facts.response_pattern;
  if (message.priority != Priority::medium) return "only medium messages wait for a best hour";
  if (!message.can_delay) return "the message may not be delayed";
  if (!pattern || (pattern->best_hours.none() && pattern->preferred_days.none())) {
    return "no response pattern is known";
  }
  if (is_active_user(input)) return lifted_text(input);
  if (input.now >= message.scheduled_for + kLongestHold) return "waited 24 hours, the longest it may";

  const Zone& zone = input.limits.zone;
  const LocalDate today = local_date(input.now, zone);
  const std::string where = local_time_text(input) + " on " + std::string(weekday_text(today));
  const auto best = next_best_hour(input.now, *pattern, zone);
  if (!best) return where + ", no best hour within 24 hours" + fallback_text(input);
  if (*best == input.now) return where + ", a best hour" + fallback_text(input);
  const WallClock next = wall_clock(*best, zone);
  const LocalDate day = std::chrono::floor<days>(next);
  return where + ", the next best hour begins at " + clock_text(next - day) + " on " +
         std::string(weekday_text(day)) +
         (message.scheduled_for + kLongestHold < *best ? ", held for 24 hours at most" : "") +
         fallback_text(input);
}

std::string detail_of_low_lane(const RuleInput& input) {
  const QueuedMessage& message = input.message;
  if (message.priority != Priority::low) return "only low messages give way";
  if (!message.can_delay) return "the message may not be delayed";
  if (lane_at(input.now, message) != Priority::low) return "aged into the medium lane after 24 hours";
  if (input.gives_way) return "a message of a higher lane is waiting, next look in 5 min";
  if (input.facts.queue_is_busy) return "too many people's messages are due, next look in 5 min";
  return "the queue is not busy";
}

std::string detail_of_awaiting_render(const RuleInput& input) {
  if (input.message.is_awaiting_llm) return "the LLM has been asked and has not answered yet";
  const auto question = question_about(input.message, input.facts, input.limits);
  if (!question) return "nothing to ask the LLM";
  if (waits_for_answer(input.message, input.facts, input.limits)) {
    return "another message is with the LLM, it is asked about this one afterwards";
  }
  return *question == LlmQuestion::relevance
             ? "the user has written since: the LLM is asked whether it still fits when it could go"
             : "there is no text yet: the LLM is asked for one when it could go";
}

std::string detail_of_opted_out(const RuleInput& input) {
  return input.facts.opted_out ? "the user has opted out" : "the user has not opted out";
}

std::string detail_of_cooldown(const RuleInput& input) {
  const auto& last = input.facts.last_outbound_at;
  if (!last) return "no message was sent before";
  return "last message " + length_text(input.now - *last) + " ago, at least " +
         std::to_string(input.limits.cooldown.count()) + " s must pass";
}

std::string detail_of_hourly_limit(const RuleInput& input) {
  const int limit = input.limits.hourly;
  if (limit <= 0) return "no hourly limit";
  const auto counts = [&](Instant sent_at) { return input.now - sent_at < kHourlyWindow; };
  const auto counted = std::ranges::count_if(input.facts.recent_sends, counts);
  const std::string seen =
      std::to_string(counted) + " of " + std::to_string(limit) + " messages in the last 60 minutes";
  return counted >= limit && is_active_user(input) ? seen + ", " + lifted_text(input) : seen;
}

std::string detail_of_daily_limit(const RuleInput& input) {
  const int limit = input.limits.daily;
  if (limit <= 0) return "no daily limit";
  const LocalDate today = local_date(input.now, input.limits.zone);
  const bool is_counted = input.facts.counted_date.value_or(LocalDate::min()) >= today;
  const int sent = is_counted ? input.facts.sent_on_date : 0;
  return std::to_string(sent) + " of " + std::to_string(limit) + " messages on " + date_text(today) + " in " +
         zone_text(input) + fallback_text(input);
}

std::string detail_of_quiet_hours(const RuleInput& input) {
  const QuietHours& quiet = input.limits.quiet_hours;
  if (!quiet.enabled || quiet.start == quiet.end) return "no quiet hours";
  const std::string seen = local_time_text(input) + ", quiet from " + clock_text(quiet.start) + " to " +
                           clock_text(quiet.end) + fallback_text(input);
  const bool is_quiet = quiet_interval(input.now, quiet, input.limits.zone).has_value();
  return is_quiet && is_active_user(input) ? seen + ", " + lifted_text(input) : seen;
}

}  // namespace orchestrator::policy
