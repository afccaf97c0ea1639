// A second implementation of the rules, written from docs/rules.md and not from src/policy. It evaluates one
// instant at a time, from the history of a user: slow, but simple.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "model/calendar.hpp"
#include "model/simulated_user.hpp"

namespace orchestrator::model {

class Expectation {
 public:
  Expectation(const Calendar& calendar, const RuleDefaults& defaults)
      : calendar_(calendar), defaults_(defaults) {}

  const ZoneClock& clock_of(const SimulatedUser& user) const;

  // If a user changes the zone, the daily count may be continued in several correct ways: `certain` counts
  // the sends that must count, `possible` those that may.
  enum class Count { certain, possible };
  std::string blocking_user_rule(const SimulatedUser& user, Instant at,
                                 Count count) const;  // the rule; "": none

  // The first blocking rule of the message, except low_priority_busy; "": none.
  std::string blocking_message_rule(const Entry& entry, const SimulatedUser& user, Instant at) const;

  // What the LLM must be asked about a message before it may be sent; "": nothing.
  std::string question_about(const Message& message, const SimulatedUser& user) const;
  bool can_ask() const { return defaults_.has_renderer; }

  // Whether a message of a higher lane is due, so that low_priority_busy blocks the entry; the queue counts
  // as busy for `memory` after the last such message expired.
  bool is_blocked_by_busy_queue(const Entry& entry, const std::vector<Entry>& queue, Instant at,
                                Duration memory = {}) const;

  // The position in the queue at an instant: lane, scheduled_for, id.
  using Position = std::tuple<Priority, Instant, std::string>;
  Position position(const Entry& entry, Instant at) const;

  // The first instant at or after `now` at which a waiting message must be sent if nothing else happens.
  std::optional<Instant> first_eligible(const SimulatedUser& user, Instant now) const;

  // The starts and ends of quiet hours around an instant, ascending.
  std::vector<Instant> quiet_boundaries(const SimulatedUser& user, Instant around, int days) const;

 private:
  struct Window {
    Instant start;
    Instant end;
  };
  std::vector<Window> quiet_windows(const SimulatedUser& user, Date from, Date to) const;
  bool is_quiet(const SimulatedUser& user, Instant at) const;
  bool is_active(const SimulatedUser& user, Instant at) const;
  bool is_best_hour(const ResponsePattern& pattern, Wall wall) const;
  bool waits_for_llm(const Message& message, const SimulatedUser& user) const;
  bool waits_for_best_hour(const Message& message, const SimulatedUser& user, Instant at) const;
  int sent_on_day_of(const SimulatedUser& user, Instant at, Count count) const;
  bool must_be_sent(const SimulatedUser& user, const std::vector<Entry>& queue, Instant at) const;
  std::vector<Instant> turning_points(const SimulatedUser& user, const std::vector<Entry>& queue,
                                      Instant now) const;

  const Calendar& calendar_;
  const RuleDefaults& defaults_;
};

// The search for the first eligible instant ends here.
inline constexpr std::chrono::days kHorizon{9};

}  // namespace orchestrator::model
