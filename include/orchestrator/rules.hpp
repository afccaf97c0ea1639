// What the rules are about: a person's settings and the limits in force. See src/policy/policy.hpp for the
// rules themselves. Values only.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// Wall-clock time since local midnight, 00:00 to 24:00.
using TimeOfDay = std::chrono::microseconds;

struct QuietHours {
  bool enabled = true;
  TimeOfDay start = std::chrono::hours{22};
  TimeOfDay end = std::chrono::hours{8};  // before start: the window spans midnight; equal: none

  bool operator==(const QuietHours&) const = default;
};

// The rules' numbers, as configured for everybody; a user's own settings go before them.
struct RuleDefaults {
  std::chrono::seconds cooldown{30};
  int hourly_limit = 5;  // messages in any 60 minutes; 0 = none
  int daily_limit = 10;  // messages on one local calendar day; 0 = none
  QuietHours quiet_hours = {};
  std::chrono::seconds active_window{600};
  std::string timezone = "America/New_York";  // for users whose own cannot be used
  bool has_renderer = false;                  // an LLM can be asked about messages
};

// A date of the proleptic Gregorian calendar, e.g. "today" in a user's zone.
using LocalDate = std::chrono::local_days;

// When a person tends to answer. Hours and weekdays that are not set are not good ones; if none at all of a
// kind is set, all are.
struct ResponsePattern {
  std::bitset<24> best_hours = {};     // of the person's own clock
  std::bitset<7> preferred_days = {};  // Sunday is 0

  bool operator==(const ResponsePattern&) const = default;
};

// What is known of a person when a decision is made: settings from `users`, counters from the locked row
// of `user_message_budget`.
struct UserFacts {
  std::string timezone = {};  // IANA name; may be unusable
  std::optional<TimeOfDay> quiet_hours_start = {};
  std::optional<TimeOfDay> quiet_hours_end = {};
  std::optional<bool> quiet_hours_enabled = {};
  std::optional<int> hourly_limit = {};
  std::optional<int> daily_limit = {};
  std::optional<ResponsePattern> response_pattern = {};
  bool opted_out = false;

  std::optional<Instant> last_outbound_at = {};
  std::optional<Instant> last_inbound_at = {};
  std::vector<Instant> recent_sends = {};      // oldest first; at least those of the last 60 minutes
  std::optional<LocalDate> counted_date = {};  // the local day that sent_on_date counts
  int sent_on_date = 0;

  // The highest lane among the person's messages that are with the LLM; none: none is.
  std::optional<Priority> awaited_lane = {};

  bool queue_is_busy = false;  // more users are due than BUSY_THRESHOLD: not of the person, but of the moment
};

// One waiting message, as far as the rules look at it. A sequence is one such message: all of it goes, or
// none.
struct QueuedMessage {
  MessageId id = {};
  Priority priority = Priority::medium;
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  bool can_delay = true;
  bool has_content = true;
  bool requires_fresh_context = false;
  Instant context_as_of = {};            // what the person wrote until then is taken into account
  int context_checks = 0;                // how often the LLM has judged it
  bool is_awaiting = false;              // it is with the LLM, and not in line
  std::string sequence_id = {};          // empty for a message by itself
  bool is_complete = true;               // false: a sequence of which parts are missing
  std::vector<MessageId> sequence = {};  // the parts' ids in order; empty for a message by itself
};

// What waits for one person, as far as it was read. Without `is_all` there are the first two of each kind by
// scheduled_for and id: of the urgent, of the high, and in the medium and low lanes of those that can be
// delayed and of those that cannot. Incomplete sequences and what is with the LLM take no place among the
// two: what is behind them would never be seen.
struct UserQueue {
  std::vector<QueuedMessage> messages = {};
  bool is_all = false;
};

}  // namespace orchestrator
