// A scheduled message as stored, with its history. Values only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// An entry of a message's history. `what` is a value of agent_actions_log.action_type, or "queued", "sent",
// "delivered".
struct HistoryEntry {
  Instant at;
  std::string what;
  std::string reason;            // "" for none
  std::optional<Instant> until;  // of a deferral
};

// The row of `messages` that the promotion of a message created.
struct SentMessage {
  MessageId id;
  std::string status;
  std::string provider;
  std::string provider_message_id;
  std::string error_code;
  int attempts = 0;
  std::string waiting_for = {};                 // why it is pending until next_attempt_at; "" otherwise
  std::optional<Instant> next_attempt_at = {};  // of a send; if the status is unknown, of a look-up
  std::optional<Instant> sent_at;
  std::optional<Instant> delivered_at;
};

struct MessageRecord {
  MessageId id;
  UserId user;
  AgentId agent;
  std::string conversation_id;
  std::string content;  // what the user would read; "" while it is not rendered
  Priority priority = Priority::medium;
  bool can_delay = true;
  std::string status;                   // of message_queue
  std::optional<LlmQuestion> awaiting;  // the question that the LLM has not answered yet
  std::string status_reason;            // why it was not sent; "" otherwise
  Instant scheduled_for;
  std::optional<Instant> expires_at;
  Instant created_at;
  std::optional<Instant> promoted_at;
  std::string supersede_key;
  std::optional<MessageId> superseded_by;
  std::string sequence_id;  // "" for a single message
  int sequence_position = 0;
  int sequence_total = 0;
  std::optional<SentMessage> sent;
  std::vector<HistoryEntry> history;  // oldest first
};

// The result of cancelling a message.
struct Cancellation {
  enum class Outcome { cancelled, not_waiting, unknown };
  Outcome outcome = Outcome::unknown;
  std::string status;  // the message's status afterwards
};

// The input of the rules for one user.
struct UserSnapshot {
  UserFacts facts;
  UserQueue waiting;  // truncated only if more messages wait than the caller asked for
};

}  // namespace orchestrator
