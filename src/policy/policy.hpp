// What is decided about people's messages, by the rules of policy/rules.hpp taken together. Pure: no I/O, no
// clock, no state; safe from any thread. All results follow from the arguments, and from the machine's
// time-zone database (tzdata).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/plan.hpp"
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

// See orchestrator/plan.hpp.
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
