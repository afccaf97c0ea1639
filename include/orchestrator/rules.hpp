// The input of the rules: a user's settings and counters, and their waiting messages. The rules themselves:
// src/policy/rules/rules.hpp. Values only.
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
  TimeOfDay end = std::chrono::hours{8};  // earlier than start: spans midnight; equal: no quiet hours

  bool operator==(const QuietHours&) const = default;
};

// The configured defaults. A user's own settings override them.
struct RuleDefaults {
  std::chrono::seconds cooldown{30};
  int hourly_limit = 5;  // messages in any 60 minutes; 0 = none
  int daily_limit = 10;  // messages on one local calendar day; 0 = none
  QuietHours quiet_hours = {};
  std::chrono::seconds active_window{600};
  std::string timezone = "America/New_York";  // for users whose own zone is unusable
  bool has_renderer = false;                  // an LLM is configured
};

// A date of the proleptic Gregorian calendar, e.g. "today" in a user's zone.
using LocalDate = std::chrono::local_days;

// When a user tends to answer: in the best hours of the preferred days. An empty set means all.
struct ResponsePattern {
  std::bitset<24> best_hours = {};     // on the user's wall clock
  std::bitset<7> preferred_days = {};  // Sunday is 0

  bool operator==(const ResponsePattern&) const = default;
};

// A user as input of a decision: settings from `users`, counters from the locked row of
// `user_message_budget`.
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
  std::vector<Instant> recent_sends = {};      // oldest first; includes those of the last 60 minutes
  std::optional<LocalDate> counted_date = {};  // the local day that sent_on_date counts
  int sent_on_date = 0;

  // The highest lane among the user's messages that await the LLM's answer; nullopt: none does.
  std::optional<Priority> awaited_lane = {};

  // More users are due than BUSY_THRESHOLD. The same for all users of a pass.
  bool queue_is_busy = false;
};

// One waiting message, as input of the rules. A sequence counts as one message: all parts are sent, or none.
struct QueuedMessage {
  MessageId id = {};
  Priority priority = Priority::medium;
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  bool can_delay = true;
  bool has_content = true;
  bool requires_fresh_context = false;
  Instant context_as_of = {};            // the message takes into account what the user wrote until then
  int context_checks = 0;                // relevance answers of the LLM so far
  bool is_awaiting_llm = false;          // the LLM was asked about it and has not answered
  std::string sequence_id = {};          // empty for a single message
  bool is_complete = true;               // false: a sequence with missing parts
  std::vector<MessageId> sequence = {};  // ids of the parts in order; empty for a single message
};

// The waiting messages of one user. If truncated, it holds the first two messages of each kind, ordered by
// scheduled_for and id. The kinds are, in each lane, messages that can be delayed and messages that cannot.
// Incomplete sequences and messages that await the LLM do not count
// towards the two, because the messages behind them would never be read.
struct UserQueue {
  std::vector<QueuedMessage> messages = {};
  bool is_truncated = true;
};

}  // namespace orchestrator
