// What the rules are about: a person's settings and the limits in force. See src/policy/policy.hpp for the
// rules themselves. Values only.
#pragma once

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
};

// A date of the proleptic Gregorian calendar, e.g. "today" in a user's zone.
using LocalDate = std::chrono::local_days;

// What is known of a person when a decision is made: settings from `users`, counters from the locked row
// of `user_message_budget`.
struct UserFacts {
  std::string timezone = {};  // IANA name; may be unusable
  std::optional<TimeOfDay> quiet_hours_start = {};
  std::optional<TimeOfDay> quiet_hours_end = {};
  std::optional<bool> quiet_hours_enabled = {};
  std::optional<int> hourly_limit = {};
  std::optional<int> daily_limit = {};
  bool opted_out = false;

  std::optional<Instant> last_outbound_at = {};
  std::optional<Instant> last_inbound_at = {};
  std::vector<Instant> recent_sends = {};      // oldest first; at least those of the last 60 minutes
  std::optional<LocalDate> counted_date = {};  // the local day that sent_on_date counts
  int sent_on_date = 0;
};

// One waiting message, as far as the rules look at it.
struct QueuedMessage {
  MessageId id = {};
  Priority priority = Priority::medium;
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  bool has_content = true;
};

}  // namespace orchestrator
