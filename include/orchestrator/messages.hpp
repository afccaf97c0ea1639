// What agents hand over and what is known of people: the values that travel between the HTTP boundary and
// storage. Already validated; no I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// One validated request to schedule a message.
struct ScheduleRequest {
  UserId user = {};
  AgentId agent = {};
  std::string message_data = {};  // a JSON object, serialised
  Priority priority = Priority::medium;
  bool can_delay = true;
  bool requires_fresh_context = false;
  std::optional<std::string> conversation_id = {};
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  std::optional<std::string> idempotency_key = {};
  std::optional<std::string> supersede_key = {};
};

struct Scheduled {
  MessageId id = {};
  Instant scheduled_for = {};
};

// When a person tends to answer; stored now, used by the optimal-time rule.
struct ResponsePattern {
  std::vector<int> best_hours = {};              // 0–23, local
  std::vector<std::string> preferred_days = {};  // "monday" … "sunday"
};

// A person, as PUT /users/{id} replaces them. Unset settings mean "the default".
struct User {
  UserId id = {};
  std::optional<std::string> phone_number = {};  // E.164
  std::string timezone = {};                     // IANA
  std::optional<TimeOfDay> quiet_hours_start = {};
  std::optional<TimeOfDay> quiet_hours_end = {};
  std::optional<bool> quiet_hours_enabled = {};
  std::optional<int> hourly_limit = {};
  std::optional<int> daily_limit = {};
  std::optional<ResponsePattern> response_pattern = {};
};

// A person as stored, with the row of `user_message_budget`.
struct UserRecord {
  User user = {};
  UserFacts facts = {};  // the same settings and the counters, as the rules see them
  Instant created_at = {};
  Instant updated_at = {};
  std::optional<Instant> opted_out_at = {};
  std::optional<Instant> next_attempt_at = {};  // in the past: due now
  std::optional<Instant> blocked_until = {};
  std::optional<Reason> blocked_by = {};
};

}  // namespace orchestrator
