// cooldown: at least limits.cooldown lies between two sends to one user. An active user changes nothing.
#include <algorithm>

#include "policy/explanation_text.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  const auto& last = input.facts.last_outbound_at;
  return last ? std::max(from, *last + input.limits.cooldown) : from;
}

std::string explanation(const RuleInput& input) {
  const auto& last = input.facts.last_outbound_at;
  if (!last) return "no message was sent before";
  return "last message " + length_text(input.now - *last) + " ago, at least " +
         std::to_string(input.limits.cooldown.count()) + " s must pass";
}

}  // namespace

constinit const Rule kCooldown{"cooldown", Reason::cooldown, passes_at, explanation};

}  // namespace orchestrator::policy
