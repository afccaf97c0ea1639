#include <algorithm>
#include <array>

#include "policy/policy.hpp"

namespace orchestrator::policy {

namespace {

struct Rule {
  Reason reason;
  Instant (*passes_at)(Instant from, const UserFacts& facts, const Limits& limits);
};

// In the order in which a reason is given.
constexpr std::array kRules = {
    Rule{Reason::cooldown, after_cooldown},
    Rule{Reason::hourly_limit_reached, after_hourly_limit},
    Rule{Reason::daily_limit_reached, after_daily_limit},
    Rule{Reason::quiet_hours, after_quiet_hours},
};

// Cooldown and daily limit move an instant once, the hourly limit and quiet hours twice (activity may open
// them and close again), and quiet hours again after each of the others. Only quiet that never ends needs
// more.
constexpr int kMaxRounds = 12;

}  // namespace

Gate user_gate(Instant from, const UserFacts& stored_facts, const Limits& limits) {
  const UserFacts facts = with_count_as_of(from, stored_facts, limits);
  Gate gate{from, std::nullopt};
  for (int round = 0; round < kMaxRounds; ++round) {
    Instant latest = gate.opens_at;
    for (const Rule& rule : kRules) {
      const Instant passes_at = rule.passes_at(gate.opens_at, facts, limits);
      if (passes_at > from && !gate.reason) gate.reason = rule.reason;
      latest = std::max(latest, passes_at);
    }
    if (latest == gate.opens_at) break;
    gate.opens_at = latest;
  }
  return gate;
}

Verdict decide(Instant now, const QueuedMessage& message, const UserFacts& facts, const Limits& limits) {
  if (is_expired(now, message)) return {Decision::expire, Reason::expired, now};
  if (facts.opted_out) return {Decision::cancel, Reason::opted_out, now};

  const Gate gate =
      user_gate(std::max(now, message.scheduled_for), with_count_as_of(now, facts, limits), limits);
  if (now < message.scheduled_for) return {Decision::defer, Reason::not_due, gate.opens_at};
  if (gate.reason) return {Decision::defer, gate.reason, gate.opens_at};
  if (!message.has_content) return {Decision::fail, Reason::no_content, now};
  return {Decision::send, std::nullopt, now};
}

}  // namespace orchestrator::policy
