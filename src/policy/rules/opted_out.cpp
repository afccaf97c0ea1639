// opted_out: a user who has opted out gets nothing; all waiting messages are cancelled. An active user
// changes nothing.
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) { return input.facts.opted_out ? kNever : from; }

std::string explanation(const RuleInput& input) {
  return input.facts.opted_out ? "the user has opted out" : "the user has not opted out";
}

}  // namespace

constinit const Rule kOptedOut{"opted_out", Reason::opted_out, passes_at, explanation};

}  // namespace orchestrator::policy
