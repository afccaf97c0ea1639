#include <algorithm>

#include "policy/rule_table.hpp"

namespace orchestrator::policy {

namespace {

bool is_due_before(const QueuedMessage& other, const QueuedMessage& message, Instant now) {
  const bool could_go = other.is_complete && other.scheduled_for <= now && !is_expired(now, other);
  return could_go && lane_at(now, other) < lane_at(now, message);
}

// Whether a message of a higher lane is due, and still is after a look at `now`.
bool gives_way(Instant now, const QueuedMessage& message, const UserFacts& facts, const Limits& limits,
               const UserQueue& line) {
  if (line.messages.empty()) return false;
  const Plan plan = plan_user(now, line, facts, limits);
  return std::ranges::any_of(line.messages, [&](const QueuedMessage& other) {
    const bool stays = plan.promote != other.id && std::ranges::count(plan.fail, other.id) == 0;
    return stays && is_due_before(other, message, now);
  });
}

}  // namespace

Gate user_gate(Instant from, const UserFacts& stored_facts, const Limits& limits) {
  const UserFacts facts = with_count_as_of(from, stored_facts, limits);
  const QueuedMessage anyone;
  const RuleInput input{from, anyone, facts, limits};
  return {all_pass_at(user_rules(), from, input), first_to_block(user_rules(), input)};
}

Verdict decide(Instant now, const QueuedMessage& message, const UserFacts& stored_facts,
               const Limits& limits) {
  if (is_expired(now, message)) return {Decision::expire, Reason::expired, now};
  if (stored_facts.opted_out) return {Decision::cancel, Reason::opted_out, now};

  const UserFacts facts = with_count_as_of(now, stored_facts, limits);
  const RuleInput input{now, message, facts, limits};
  if (const auto reason = first_to_block(all_rules(), input)) {
    const Instant passes_at = all_pass_at(all_rules(), now, input);
    return {Decision::defer, reason, passes_at == kNever ? std::nullopt : std::optional{passes_at}};
  }
  if (question_about(message, facts, limits)) return {Decision::defer, Reason::awaiting_render, std::nullopt};
  if (!message.has_content) return {Decision::fail, Reason::no_content, now};
  return {Decision::send, std::nullopt, now};
}

std::vector<RuleVerdict> explain(Instant now, const QueuedMessage& message, const UserFacts& stored_facts,
                                 const Limits& limits, const UserQueue& line) {
  const UserFacts facts = with_count_as_of(now, stored_facts, limits);
  const RuleInput input{now, message, facts, limits, gives_way(now, message, facts, limits, line)};
  std::vector<RuleVerdict> verdicts;
  for (const Rule& rule : all_rules()) {
    const bool is_about_llm = rule.reason == Reason::awaiting_render;
    if (is_about_llm && !limits.has_renderer && !message.is_awaiting_llm) continue;
    const Instant passes_at = rule.passes_at(now, input);
    const bool blocks = passes_at > now;
    RuleVerdict& verdict = verdicts.emplace_back();
    verdict.rule = rule.name;
    verdict.verdict = blocks ? RuleVerdict::Says::block : RuleVerdict::Says::pass;
    if (blocks && passes_at != kNever) verdict.until = passes_at;
    verdict.detail = rule.detail(input);
  }
  return verdicts;
}

}  // namespace orchestrator::policy
