// What is decided about people's messages, by the rules of policy/rules.hpp taken together. Pure: no I/O, no
// clock, no state; safe from any thread. All results follow from the arguments, and from the machine's
// time-zone database (tzdata).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/limits.hpp"
#include "policy/rules.hpp"

namespace orchestrator::policy {

// The rules that hold all of a person's messages alike (cooldown to quiet hours).
struct Gate {
  Instant opens_at;              // the first instant, not before `from`, at which all of them pass; where
                                 // there is none (quiet hours from 00:00 to 24:00), one after weeks
  std::optional<Reason> reason;  // the first that blocks at `from`, in the table's order; none: open
};
Gate user_gate(Instant from, const UserFacts& facts, const Limits& limits);

enum class Decision { send, defer, cancel, expire, fail };

struct Verdict {
  Decision decision = Decision::defer;
  std::optional<Reason> reason;  // none when it is sent
  // The exact first instant at which all rules pass; `now` unless deferred. None: never, because it expires
  // before; or nobody knows, because parts of its sequence are missing or the LLM has not answered.
  std::optional<Instant> eligible_at;
};

// On a message by itself, whatever else waits.
Verdict decide(Instant now, const QueuedMessage& message, const UserFacts& facts, const Limits& limits);

// What one rule says of a message now.
struct RuleVerdict {
  enum class Says { pass, block };
  std::string_view rule;  // as the table in rules.hpp spells it; a stable word
  Says verdict = Says::pass;
  std::optional<Instant> until = {};  // when it passes, by itself; none: it passes now, or nobody knows
  std::string detail = {};            // a short sentence for a person, with the numbers that the rule saw
};

// All rules, in the table's order. `line` is what else waits for the person, if it is known: a low message
// gives way to what is due in higher lanes.
std::vector<RuleVerdict> explain(Instant now, const QueuedMessage& message, const UserFacts& facts,
                                 const Limits& limits, const UserQueue& line = {});

// What a pass does for one person. The head of line is the first message that is due and not expired, by
// lane, scheduled_for and id. A message held by its own rules lets the next one pass, and so do those that
// go to the LLM, or fail for want of content, when they get their turn; a rule of the person holds all. Of a
// line that was not read to its end, nothing unseen is overtaken.
struct Plan {
  struct Inquiry {
    MessageId message;
    LlmQuestion question = LlmQuestion::relevance;
  };

  std::optional<MessageId> promote;  // at most one: the cooldown starts with it; all of a sequence goes
  std::vector<Inquiry> ask;          // what could go but for the LLM's answer; leaves the line for it
  std::vector<MessageId> expire;
  std::vector<MessageId> fail;        // nothing to say (no content)
  bool cancel_all = false;            // opted out
  std::optional<MessageId> deferred;  // the head of line, if there is one and nothing went
  std::optional<Reason> deferred_by;  // why it did not

  // The exact first instant at which some message that stays may pass, or when one unseen may (never later
  // than that). `now` when messages made room for unseen ones without one being promoted. None: nothing
  // waits but for missing parts, or for an answer.
  std::optional<Instant> next_attempt_at;
  bool express = false;                  // an urgent or high message stays, or may be among those unseen
  std::optional<Instant> blocked_until;  // the gate, for messages yet to come
  std::optional<Reason> blocked_by;
  UserFacts facts;  // the counters to store
};
Plan plan_user(Instant now, const UserQueue& line, const UserFacts& facts, const Limits& limits);

// What becomes of a message.
struct Prediction {
  enum class Outcome { sent, expired, cancelled, failed };
  Instant at;
  Outcome outcome = Outcome::sent;
  std::size_t sent_before = 0;  // how many other messages of the person go before that
};

// What becomes of `target` if nothing else happens from now on: no new messages, no writing, no other
// settings, a queue that is no longer busy at the next look, and an LLM that approves at once whatever it
// will be input. `line` is all that waits, and says so. None if the target is not in it, waits for missing
// parts or for an answer, or is too far away to tell (1,000 looks).
std::optional<Prediction> predict(Instant now, const MessageId& target, UserQueue line, UserFacts facts,
                                  const Limits& limits);

}  // namespace orchestrator::policy
