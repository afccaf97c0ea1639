// Schedule requests and users: the validated values that pass between the HTTP boundary and storage.
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
  std::vector<std::string> parts = {};  // messageData: JSON objects, serialised; several for a sequence
  bool needs_rendering = false;         // the data contain no text
  Priority priority = Priority::medium;
  bool can_delay = true;
  bool requires_fresh_context = false;
  std::optional<std::string> conversation_id = {};
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  std::optional<std::string> idempotency_key = {};
  std::optional<std::string> supersede_key = {};
  bool allow_duplicate = false;
  std::string request_hash = {};  // SHA-256 of the whole request except its idempotency key, hex
  std::string content_hash = {};  // SHA-256 of messageData, hex
};

// What becomes of a scheduled message, as far as it was known when its request was answered.
struct ScheduleDecision {
  enum class Outcome {
    promoted,   // moved to `messages`
    next_pass,  // every rule passes: the next pass promotes it
    deferred,   // a rule blocks it
    cancelled,
    expired,
  };
  Outcome outcome = Outcome::next_pass;
  std::optional<Reason> reason = {};  // none for `promoted` and `next_pass`
  // `deferred`: the exact first instant at which all rules pass, if no other message of the user waits.
  std::optional<Instant> eligible_at = {};
};

// The outcome of a ScheduleRequest: a new message, or the earlier message that the request repeats.
struct Scheduled {
  enum class Kind {
    queued,     // a new message was stored
    replayed,   // an earlier request had the same idempotency key and the same body
    duplicate,  // an earlier request, within the duplicate window, had the same content for the same user
  };
  Kind kind = Kind::queued;
  MessageId id = {};  // of a sequence: its first part
  Instant scheduled_for = {};
  ScheduleDecision decision = {};  // on the message with this id
};

// A user, as PUT /users/{id} replaces it. Unset settings mean the default.
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

// The number of live messages of one lane and status.
struct QueueDepth {
  Priority lane = Priority::medium;
  std::string status;  // of message_queue
  std::int64_t messages = 0;
};

// A user as stored, with the row of `user_message_budget`.
struct UserRecord {
  User user = {};
  UserFacts facts = {};  // the same settings, and the counters, as input of the rules
  Instant created_at = {};
  Instant updated_at = {};
  std::optional<Instant> opted_out_at = {};
  std::optional<Instant> next_attempt_at = {};  // in the past: due now
  std::optional<Instant> blocked_until = {};
  std::optional<Reason> blocked_by = {};
};

}  // namespace orchestrator
