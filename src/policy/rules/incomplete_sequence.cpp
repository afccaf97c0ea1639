// incomplete_sequence: a sequence waits until all of its parts have arrived. An active user changes nothing.
#include "policy/explanation_text.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) { return input.message.is_complete ? from : kNever; }

std::string explanation(const RuleInput& input) {
  const std::size_t parts = input.message.sequence.size();
  if (!input.message.is_complete) {
    return "parts of the sequence are missing, " + count_text(parts, "part") + " arrived";
  }
  return parts == 0 ? "a single message" : count_text(parts, "part") + " of the sequence, none missing";
}

}  // namespace

constinit const Rule kIncompleteSequence{"incomplete_sequence", Reason::incomplete_sequence, passes_at,
                                         explanation};

}  // namespace orchestrator::policy
