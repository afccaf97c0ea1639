// optimal_time: a medium message that can be delayed waits for the user's next best hour, if that begins
// within 24 hours, but for kMaxDelay after its scheduled_for at most. Does not apply to active users.
#include "policy/rules/optimal_time.hpp"

#include <algorithm>

#include "policy/activity.hpp"
#include "policy/explanation_text.hpp"
#include "policy/lane.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr hours kSearchWindow{24};

bool is_best_hour(WallClock wall, const ResponsePattern& pattern) {
  const LocalDate date = std::chrono::floor<days>(wall);
  const auto hour = static_cast<std::size_t>(std::chrono::floor<hours>(wall - date).count());
  const std::size_t day = std::chrono::weekday{date}.c_encoding();
  return (pattern.best_hours.none() || pattern.best_hours[hour]) &&
         (pattern.preferred_days.none() || pattern.preferred_days[day]);
}

Instant passes_at(Instant from, const RuleInput& input) {
  const QueuedMessage& message = input.message;
  const auto& pattern = input.facts.response_pattern;
  const bool applies = message.priority == Priority::medium && message.can_delay && pattern;
  const Instant latest = message.scheduled_for + kMaxDelay;
  if (!applies || from >= latest) return from;
  const auto best = next_best_hour(from, *pattern, input.limits.zone);
  if (!best || *best == from) return from;
  return unless_active(from, std::min(*best, latest), input.facts, input.limits);
}

std::string wait_text(Instant best, const RuleInput& input) {
  const WallClock wall = wall_clock(best, input.limits.zone);
  const LocalDate day = std::chrono::floor<days>(wall);
  const bool is_too_late = input.message.scheduled_for + kMaxDelay < best;
  return ", the next best hour begins at " + clock_text(wall - day) + " on " +
         std::string(weekday_text(day)) + (is_too_late ? ", delayed for 24 hours at most" : "");
}

std::string explanation(const RuleInput& input) {
  const QueuedMessage& message = input.message;
  const auto& pattern = input.facts.response_pattern;
  if (message.priority != Priority::medium) return "only medium messages wait for a best hour";
  if (!message.can_delay) return "the message cannot be delayed";
  if (!pattern || (pattern->best_hours.none() && pattern->preferred_days.none())) {
    return "no response pattern is known";
  }
  if (is_active(input.now, input.facts, input.limits)) return active_user_text(input);
  if (input.now >= message.scheduled_for + kMaxDelay) return "delayed for 24 hours, the maximum";

  const LocalDate today = local_date(input.now, input.limits.zone);
  const std::string local_time = local_time_text(input) + " on " + std::string(weekday_text(today));
  const auto best = next_best_hour(input.now, *pattern, input.limits.zone);
  const std::string finding = !best                ? ", no best hour within 24 hours"
                              : *best == input.now ? ", a best hour"
                                                   : wait_text(*best, input);
  return local_time + finding + zone_fallback_text(input);
}

}  // namespace

constinit const Rule kOptimalTime{"optimal_time", Reason::optimal_time, passes_at, explanation};

std::optional<Instant> next_best_hour(Instant from, const ResponsePattern& pattern, const Zone& zone) {
  const Instant last = from + kSearchWindow;
  for (Instant instant = from; instant <= last; instant = next_hour(instant, zone)) {
    if (is_best_hour(wall_clock(instant, zone), pattern)) return instant;
  }
  return std::nullopt;
}

}  // namespace orchestrator::policy
