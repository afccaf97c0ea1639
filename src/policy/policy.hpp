// Decisions about a user's messages, by the rules of policy/rules/rules.hpp. Pure: no I/O, no clock, no
// state; safe from any thread. Results depend on the arguments and on the machine's time-zone database
// (tzdata) only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/plan.hpp"
#include "policy/limits.hpp"

namespace orchestrator::policy {

// The rules of a user that may pass later (cooldown to quiet_hours), evaluated at `from`.
struct UserBlock {
  // The first instant at or after `from` at which all of them pass. If there is none (quiet hours from 00:00
  // to 24:00), an instant weeks later.
  Instant until;
  std::optional<Reason> reason;  // of the first rule that blocks at `from`; nullopt: none, `until` is `from`
};
UserBlock user_block(Instant from, const UserFacts& facts, const Limits& limits);

enum class Decision { send, defer, cancel, expire, fail };

struct Verdict {
  Decision decision = Decision::defer;
  std::optional<Reason> reason;  // nullopt for `send`
  // The exact first instant at which all rules pass; `now` unless the decision is `defer`. nullopt: never,
  // because the message expires first; or unknown, because it waits for missing parts or for the LLM.
  std::optional<Instant> eligible_at;
};

// The decision on one message, as if it were the user's only one.
Verdict decide(Instant now, const QueuedMessage& message, const UserFacts& facts, const Limits& limits);

// The result of one rule for one message.
struct RuleResult {
  std::string_view rule;  // Rule::name; part of the API
  bool blocks = false;
  std::optional<Instant> until = {};  // if it blocks: when it passes; nullopt: never by itself
  std::string explanation = {};       // what the rule found: a short sentence for a person
};

// The results of all rules, in the order of the table. `queue` is the user's queue, if known:
// low_priority_busy depends on the other messages. awaiting_render is left out if no LLM is configured.
std::vector<RuleResult> explain(Instant now, const QueuedMessage& message, const UserFacts& facts,
                                const Limits& limits, const UserQueue& queue = {});

// What a pass at `now` does for a user; see orchestrator/plan.hpp.
Plan plan_user(Instant now, const UserQueue& queue, const UserFacts& facts, const Limits& limits);

// The predicted outcome of one message.
struct Prediction {
  enum class Outcome { sent, expired, cancelled, failed };
  Instant at;
  Outcome outcome = Outcome::sent;
  std::size_t sent_before = 0;  // other messages of the user that are sent before `at`
};

// The outcome of `target` on the assumption that nothing else happens: no new messages, no message from the
// user, no changed settings, a queue that is no longer busy at the next pass, and an LLM that approves or
// renders immediately. `queue` must not be truncated. Returns nullopt if the target is not in the queue,
// waits for missing parts or for an answer of the LLM, or is not reached within 1,000 passes.
std::optional<Prediction> predict(Instant now, const MessageId& target, UserQueue queue, UserFacts facts,
                                  const Limits& limits);

}  // namespace orchestrator::policy
