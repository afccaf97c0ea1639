#include <algorithm>

#include "policy/time_zone.hpp"

namespace orchestrator::policy {

namespace {

using std::chrono::days;
using std::chrono::hours;

bool is_best_hour(WallClock wall, const ResponsePattern& pattern) {
  const LocalDate date = std::chrono::floor<days>(wall);
  const auto hour = static_cast<std::size_t>(std::chrono::floor<hours>(wall - date).count());
  const std::size_t day = std::chrono::weekday{date}.c_encoding();
  return (pattern.best_hours.none() || pattern.best_hours[hour]) &&
         (pattern.preferred_days.none() || pattern.preferred_days[day]);
}

}  // namespace

std::optional<Instant> next_best_hour(Instant from, const ResponsePattern& pattern, const Zone& zone) {
  const Instant last = from + kLongestHold;
  for (Instant instant = from; instant <= last; instant = next_hour(instant, zone)) {
    if (is_best_hour(wall_clock(instant, zone), pattern)) return instant;
  }
  return std::nullopt;
}

Instant after_optimal_time(Instant from, const QueuedMessage& message, const UserFacts& facts,
                           const Limits& limits) {
  const bool applies = message.priority == Priority::medium && message.can_delay && facts.response_pattern;
  const Instant held_until = message.scheduled_for + kLongestHold;
  if (!applies || from >= held_until) return from;
  const auto best = next_best_hour(from, *facts.response_pattern, limits.zone);
  if (!best || *best == from) return from;
  return unless_active(from, std::min(*best, held_until), facts, limits);
}

}  // namespace orchestrator::policy
