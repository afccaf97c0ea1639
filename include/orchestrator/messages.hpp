// What agents hand over and what is known of people: the values that travel between the HTTP boundary and
// storage. Already validated; no I/O.
#pragma once

#include <cstdint>
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
  std::vector<std::string> parts = {};  // JSON objects, serialised: one, or those of a sequence
  bool needs_rendering = false;         // there is no text in it
  Priority priority = Priority::medium;
  bool can_delay = true;
  bool requires_fresh_context = false;
  std::optional<std::string> conversation_id = {};
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  std::optional<std::string> idempotency_key = {};
  std::optional<std::string> supersede_key = {};
  bool allow_duplicate = false;
  std::string request_hash = {};  // SHA-256 of the whole request but its idempotency key, hex
  std::string content_hash = {};  // SHA-256 of messageData, hex
};

// The answer to a request: a new message, or the earlier one that the request repeats.
struct Scheduled {
  enum class Kind {
    queued,     // stored now
    replayed,   // the same idempotency key came before, with the same body
    duplicate,  // the same content for the same user came moments ago
  };
  Kind kind = Kind::queued;
  MessageId id = {};  // of a sequence: its first part
  Instant scheduled_for = {};
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

// What storing a user did.
enum class PutOutcome { created, replaced };

// How many live messages of a lane have a status.
struct QueueDepth {
  Priority lane = Priority::medium;
  std::string status;  // of message_queue
  std::int64_t messages = 0;
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
