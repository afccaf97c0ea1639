// The rules once more, written down from the contract (docs) and not from src/policy: as plain questions
// "does this rule allow it at this instant?", answered from a life's history. Slow, and simple to believe.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "model/calendar.hpp"
#include "model/life.hpp"

namespace orchestrator::model {

class Expectation {
 public:
  Expectation(const Calendar& calendar, const RuleDefaults& defaults)
      : calendar_(calendar), defaults_(defaults) {}

  const ZoneClock& clock_of(const Life& life) const;

  // A person who moved takes the day's count along, and there are several fair ways to go on with it:
  // `certain` is what must block at least, `possible` what may block at most.
  enum class Count { certain, possible };
  std::string held_by_person(const Life& life, Instant at, Count count) const;  // "": nothing holds

  // The rules of an entry itself; "": nothing holds. The low lane is not among them.
  std::string held_by_itself(const Entry& entry, const Life& life, Instant at) const;

  // What the LLM has to be asked about a message before it may go; "": nothing.
  std::string question_about(const Message& message, const Life& life) const;
  bool can_ask() const { return defaults_.has_renderer; }

  // Whether a higher lane has something due, so that the entry gives way; the queue counts as busy for
  // `memory` after the last of it has expired.
  bool gives_way(const Entry& entry, const std::vector<Entry>& line, Instant at, Duration memory = {}) const;

  // Place in line at an instant: lane, scheduled_for, id.
  using Place = std::tuple<Priority, Instant, std::string>;
  Place place(const Entry& entry, Instant at) const;

  // The first instant, `now` or later, at which something of what waits must go if nothing else happens.
  std::optional<Instant> first_eligible(const Life& life, Instant now) const;

  // When quiet begins and ends for the person around an instant, ascending.
  std::vector<Instant> quiet_boundaries(const Life& life, Instant around, int days) const;

 private:
  struct Window {
    Instant start;
    Instant end;
  };
  std::vector<Window> quiet_windows(const Life& life, Date from, Date to) const;
  bool is_quiet(const Life& life, Instant at) const;
  bool is_active(const Life& life, Instant at) const;
  bool is_best_hour(const ResponsePattern& pattern, Wall wall) const;
  bool waits_for_answer(const Message& message, const Life& life) const;
  bool waits_for_best_hour(const Message& message, const Life& life, Instant at) const;
  int sent_on_day_of(const Life& life, Instant at, Count count) const;
  bool must_go(const Life& life, const std::vector<Entry>& line, Instant at) const;
  std::vector<Instant> turning_points(const Life& life, const std::vector<Entry>& line, Instant now) const;

  const Calendar& calendar_;
  const RuleDefaults& defaults_;
};

// Beyond this a person who never may be written to is not looked into.
inline constexpr std::chrono::days kHorizon{9};

}  // namespace orchestrator::model
