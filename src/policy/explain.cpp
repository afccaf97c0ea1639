#include <algorithm>

#include "policy/counters.hpp"
#include "policy/lane.hpp"
#include "policy/policy.hpp"
#include "policy/rules/expired.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

bool is_due_in_higher_lane(const QueuedMessage& other, const QueuedMessage& message, Instant now) {
  const bool is_sendable = other.is_complete && other.scheduled_for <= now && !is_expired(now, other);
  return is_sendable && lane_at(now, other) < lane_at(now, message);
}

// Whether a message of a higher lane is due, and a pass at `now` would leave it in the queue.
bool is_higher_lane_due(Instant now, const QueuedMessage& message, const UserFacts& facts,
                        const Limits& limits, const UserQueue& queue) {
  if (queue.messages.empty()) return false;
  const Plan plan = plan_user(now, queue, facts, limits);
  return std::ranges::any_of(queue.messages, [&](const QueuedMessage& other) {
    const bool stays = plan.promote != other.id && std::ranges::count(plan.fail, other.id) == 0;
    return stays && is_due_in_higher_lane(other, message, now);
  });
}

RuleResult result_of(const Rule& rule, const RuleInput& input) {
  const Instant passes_at = rule.passes_at(input.now, input);
  const bool blocks = passes_at > input.now;
  const bool has_end = blocks && passes_at != kNever;
  return {.rule = rule.name,
          .blocks = blocks,
          .until = has_end ? std::optional{passes_at} : std::nullopt,
          .explanation = rule.explanation(input)};
}

}  // namespace

std::vector<RuleResult> explain(Instant now, const QueuedMessage& message, const UserFacts& stored_facts,
                                const Limits& limits, const UserQueue& queue) {
  const UserFacts facts = with_daily_count_as_of(now, stored_facts, limits);
  const bool higher_lane_due = is_higher_lane_due(now, message, facts, limits, queue);
  const RuleInput input{now, message, facts, limits, higher_lane_due};
  std::vector<RuleResult> results;
  for (const Rule* rule : all_rules()) {
    const bool needs_llm = rule->reason == Reason::awaiting_render;
    if (needs_llm && !limits.has_renderer && !message.is_awaiting_llm) continue;
    results.push_back(result_of(*rule, input));
  }
  return results;
}

}  // namespace orchestrator::policy
