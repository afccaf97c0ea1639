// The rules' explanations for one message and one user.
#pragma once

#include <algorithm>

#include "policy/policy.hpp"
#include "policy/situations.hpp"

namespace orchestrator::policy::situations {

const Instant kExplainedAt = at("2026-01-16T12:00:00Z");  // a Friday

// A user in London, where clocks show UTC in January.
struct Subject {
  Instant now = kExplainedAt;
  QueuedMessage message = situations::message("m", Priority::medium, kExplainedAt);
  UserFacts facts = {};
  RuleDefaults defaults = {};
  UserQueue queue = {};

  Subject() { facts.timezone = "Europe/London"; }

  std::vector<RuleResult> results() const {
    return explain(now, message, facts, limits_in_force(facts, defaults), queue);
  }
};

// "pass: explanation" or "block until …: explanation".
inline std::string text_of(const RuleResult& result) {
  std::string text = result.blocks ? "block" : "pass";
  if (result.until) text += " until " + format_instant(*result.until).substr(0, 19);
  return text + ": " + result.explanation;
}

inline std::string explanation_of(const Subject& subject, std::string_view rule) {
  const auto results = subject.results();
  const auto found = std::ranges::find(results, rule, &RuleResult::rule);
  return found == results.end() ? "no such rule" : text_of(*found);
}

}  // namespace orchestrator::policy::situations
