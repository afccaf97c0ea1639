#include "policy/counters.hpp"
#include "policy/policy.hpp"
#include "policy/rules/awaiting_render.hpp"
#include "policy/rules/expired.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

UserBlock user_block(Instant from, const UserFacts& stored_facts, const Limits& limits) {
  const UserFacts facts = with_daily_count_as_of(from, stored_facts, limits);
  const QueuedMessage any_message;  // the rules of a user do not look at it
  const RuleInput input{from, any_message, facts, limits};
  return {all_pass_at(user_rules(), from, input), first_to_block(user_rules(), input)};
}

Verdict decide(Instant now, const QueuedMessage& message, const UserFacts& stored_facts,
               const Limits& limits) {
  if (is_expired(now, message)) return {Decision::expire, Reason::expired, now};
  if (stored_facts.opted_out) return {Decision::cancel, Reason::opted_out, now};

  const UserFacts facts = with_daily_count_as_of(now, stored_facts, limits);
  const RuleInput input{now, message, facts, limits};
  if (const auto reason = first_to_block(all_rules(), input)) {
    const Instant passes_at = all_pass_at(all_rules(), now, input);
    return {Decision::defer, reason, passes_at == kNever ? std::nullopt : std::optional{passes_at}};
  }
  if (question_about(message, facts, limits)) return {Decision::defer, Reason::awaiting_render, std::nullopt};
  if (!message.has_content) return {Decision::fail, Reason::no_content, now};
  return {Decision::send, std::nullopt, now};
}

}  // namespace orchestrator::policy
