// Short notations for the tables of situations in these tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/policy.hpp"
#include "policy/quiet_interval.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy::situations {

using namespace std::chrono_literals;

inline Instant at(std::string_view text) {
  const auto instant = parse_instant(text);
  if (!instant) throw std::invalid_argument("not an instant: " + std::string(text));
  return *instant;
}

inline std::string text_of(const std::optional<Instant>& instant) {
  return instant ? format_instant(*instant) : "none";
}

inline std::string text_of(const std::optional<Reason>& reason) {
  return std::string(reason ? to_text(*reason) : "none");
}

inline std::string text_of(const std::optional<Interval>& interval) {
  return interval ? format_instant(interval->start) + " to " + format_instant(interval->end) : "none";
}

inline Zone zone(std::string_view name) {
  if (!is_timezone(name)) throw std::invalid_argument("not a zone: " + std::string(name));
  return zone_or_default(name, name);
}

inline LocalDate date(int year, unsigned month, unsigned day) {
  return LocalDate{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
}

inline constexpr QuietHours kNeverQuiet{.enabled = false};

// No limits, for tests that set their own.
inline Limits no_limits(std::string_view zone_name = "UTC") {
  return {.quiet_hours = kNeverQuiet, .active_window = 10min, .zone = zone(zone_name)};
}

// The default configuration, for a user in New York.
inline Limits default_limits() { return limits_in_force(UserFacts{}, RuleDefaults{}); }

inline QueuedMessage message(std::string_view id, Priority priority, Instant scheduled_for) {
  QueuedMessage message;
  message.id = MessageId(std::string(id));
  message.priority = priority;
  message.scheduled_for = scheduled_for;
  return message;
}

// A truncated queue: two messages of each kind, as a pass reads a long queue.
inline UserQueue heads(std::vector<QueuedMessage> messages) {
  return {.messages = std::move(messages), .is_truncated = true};
}

// A whole queue.
inline UserQueue all_of(std::vector<QueuedMessage> messages) {
  return {.messages = std::move(messages), .is_truncated = false};
}

// Weekdays count from Sunday, 0.
inline ResponsePattern pattern(std::initializer_list<int> best_hours,
                               std::initializer_list<int> preferred_days = {}) {
  ResponsePattern pattern;
  for (const int hour : best_hours) pattern.best_hours.set(static_cast<std::size_t>(hour));
  for (const int day : preferred_days) pattern.preferred_days.set(static_cast<std::size_t>(day));
  return pattern;
}

// Constant by default, so that a failure is caused by a change and not by chance; ORCHESTRATOR_TEST_SEED sets
// another. Printed, so that a failure can be replayed.
inline std::uint64_t random_seed() {
  const char* const given = std::getenv("ORCHESTRATOR_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : 20'261'120;
  std::cout << "seed " << seed << "\n";
  return seed;
}

// passes_at of one rule; `queued` matters to the rules of a message only.
inline Instant passes_at(const Rule& rule, Instant from, const UserFacts& facts, const Limits& limits,
                         const QueuedMessage& queued = {}) {
  return rule.passes_at(from, RuleInput{from, queued, facts, limits});
}

// Random values from one seed.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::int64_t between(std::int64_t lowest, std::int64_t highest) {
    return std::uniform_int_distribution<std::int64_t>(lowest, highest)(random_);
  }
  Duration between(Duration lowest, Duration highest) {
    return Duration{between(lowest.count(), highest.count())};
  }
  bool one_in(int n) { return between(1, n) == 1; }
  template <class T, std::size_t n>
  T any_of(const T (&values)[n]) {
    return values[static_cast<std::size_t>(between(0, n - 1))];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace orchestrator::policy::situations
