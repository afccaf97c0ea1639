// A scheduled message as stored, for those who ask what became of it. Values only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// What happened to a message, and when. `what` is a word of agent_actions_log.action_type, or "queued",
// "sent", "delivered".
struct MessageEvent {
  Instant at;
  std::string what;
  std::string reason;            // "" when there is none to tell
  std::optional<Instant> until;  // of a deferral
};

// The row of `messages` that a promoted message became.
struct SentMessage {
  MessageId id;
  std::string status;
  std::string provider;
  std::string provider_message_id;
  std::string error_code;
  int attempts = 0;
  std::string waiting_for = {};                 // "" unless it is pending until next_attempt_at
  std::optional<Instant> next_attempt_at = {};  // of a pending one; of an unknown one: when it is looked into
  std::optional<Instant> sent_at;
  std::optional<Instant> delivered_at;
};

struct MessageRecord {
  MessageId id;
  UserId user;
  AgentId agent;
  std::string conversation_id;
  std::string content;  // what the person would read; "" while it is not rendered
  Priority priority = Priority::medium;
  bool can_delay = true;
  std::string status;                   // of message_queue
  std::optional<LlmQuestion> awaiting;  // what the LLM has been asked and has not answered yet
  std::string status_reason;            // "" unless it ended otherwise than sent
  Instant scheduled_for;
  std::optional<Instant> expires_at;
  Instant created_at;
  std::optional<Instant> promoted_at;
  std::string supersede_key;
  std::optional<MessageId> superseded_by;
  std::string sequence_id;  // "" for a message by itself
  int sequence_position = 0;
  int sequence_total = 0;
  std::optional<SentMessage> sent;
  std::vector<MessageEvent> history;  // oldest first
};

// The result of cancelling a message.
struct Cancellation {
  enum class Outcome { cancelled, not_waiting, unknown };
  Outcome outcome = Outcome::unknown;
  std::string status;  // the message's status afterwards
};

// All that the rules need to judge a person's messages.
struct UserSnapshot {
  UserFacts facts;
  UserQueue waiting;  // is_all, unless more wait than were read
};

}  // namespace orchestrator
