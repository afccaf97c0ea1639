// The values of a pass over one user: what storage reads, what policy decides, and what storage applies.
#pragma once

#include <optional>
#include <vector>

#include "orchestrator/rules.hpp"

namespace orchestrator {

// One user whose row of user_message_budget the transaction has locked.
struct ClaimedUser {
  UserId id = {};
  int shard = 0;  // logical
  UserFacts facts = {};
  UserQueue queue = {};          // without messages that another transaction has locked
  bool some_are_locked = false;  // such messages exist
};

// What a pass does for one user. The head of line is the first message that is due and not expired, by lane,
// scheduled_for and id. A message blocked by its own rules lets the next one pass, as does a message that
// goes to the LLM or fails because it has no content; a rule of the user blocks all. If the queue is
// truncated, no unread message is overtaken.
struct Plan {
  struct MessageQuestion {
    MessageId message;
    LlmQuestion question = LlmQuestion::relevance;
  };

  // A sequence is named by its first part here.
  std::optional<MessageId> promote;  // at most one, because it starts the cooldown
  std::vector<MessageQuestion> ask;  // only the LLM's answer is missing; they leave the queue until it comes
  std::vector<MessageId> expire;
  std::vector<MessageId> fail;        // no content
  bool cancel_all = false;            // the user has opted out
  std::optional<MessageId> deferred;  // the head of line, if there is one and nothing was promoted
  std::optional<Reason> deferred_by;

  // The exact first instant at which some remaining message may pass, or at which an unread one may (never
  // later than that). `now` when messages made room for unread ones without a promotion. None: the remaining
  // messages wait only for missing parts or for an answer of the LLM.
  std::optional<Instant> next_attempt_at;
  bool express = false;                  // an urgent or high message remains, or may be among the unread
  std::optional<Instant> blocked_until;  // by the rules of the user; also applies to messages yet to come
  std::optional<Reason> blocked_by;
  UserFacts facts;  // with the counters to store
};

// A plan, completed by the pass for storage.
struct UserUpdate {
  struct Promotion {
    MessageId queued;   // message_queue.id
    MessageId message;  // messages.id; ascending, in the order of sending
  };

  Plan plan = {};                          // `expire` and `fail` name every part of a sequence
  std::vector<Promotion> promotions = {};  // of `plan.promote`; several for a sequence
  int daily_limit = 0;                     // as in force, stored for dashboards
  int hourly_limit = 0;
  bool quiet_hours_enabled = true;
};

}  // namespace orchestrator
