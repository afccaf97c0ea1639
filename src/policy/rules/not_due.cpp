// not_due: a message is not sent before its scheduled_for. An active user changes nothing.
#include <algorithm>

#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  return std::max(from, input.message.scheduled_for);
}

std::string explanation(const RuleInput& input) {
  const bool is_due = input.message.scheduled_for <= input.now;
  return (is_due ? "due since " : "due at ") + format_instant(input.message.scheduled_for);
}

}  // namespace

constinit const Rule kNotDue{"not_due", Reason::not_due, passes_at, explanation};

}  // namespace orchestrator::policy
