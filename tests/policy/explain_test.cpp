#include <gtest/gtest.h>

#include <algorithm>

#include "policy/explained.hpp"

namespace orchestrator::policy::explain_test {
namespace {

using namespace situations;

TEST(Explain, ListsEveryRuleInOrder) {
  std::vector<std::string_view> rules;
  for (const RuleResult& result : Subject{}.results()) {
    rules.push_back(result.rule);
    EXPECT_FALSE(result.blocks) << result.rule;
    EXPECT_FALSE(result.until) << result.rule;
    EXPECT_FALSE(result.explanation.empty()) << result.rule;
  }
  EXPECT_EQ(rules, (std::vector<std::string_view>{"expired", "incomplete_sequence", "not_due", "optimal_time",
                                                  "low_priority_busy", "opted_out", "cooldown",
                                                  "hourly_limit", "daily_limit", "quiet_hours"}));
}

TEST(Explain, NamesTheFallbackForAnUnusableZone) {
  Subject s;
  s.facts.timezone = "Atlantis/X";
  EXPECT_EQ(
      explanation_of(s, "quiet_hours"),
      "block until 2026-01-16T13:00:00: local time 07:00 in America/New_York, quiet from 22:00 to 08:00; "
      "zone \"Atlantis/X\" is unusable, America/New_York is used");
  EXPECT_EQ(explanation_of(s, "daily_limit"),
            "pass: 0 of 10 messages on 2026-01-16 in America/New_York; zone \"Atlantis/X\" is unusable, "
            "America/New_York is used");
  s.facts.timezone = "";
  s.facts.response_pattern = pattern({7});
  EXPECT_EQ(explanation_of(s, "optimal_time"),
            "pass: local time 07:00 in America/New_York on Friday, a best hour; no zone is set, "
            "America/New_York is used");
}

// The first rule that blocks, according to explain, is the reason that decide gives.
TEST(Explain, AgreesWithDecide) {
  Subject s;
  s.now = at("2026-01-16T23:14:00Z");
  s.facts.response_pattern = pattern({18});
  s.facts.last_outbound_at = s.now - 12s;
  const auto results = s.results();
  const auto first = std::ranges::find_if(results, &RuleResult::blocks);
  ASSERT_NE(first, results.end());
  EXPECT_EQ(first->rule, "optimal_time");
  const Verdict verdict = decide(s.now, s.message, s.facts, limits_in_force(s.facts, s.defaults));
  EXPECT_EQ(verdict.reason, Reason::optimal_time);
  EXPECT_EQ(verdict.eligible_at, at("2026-01-17T12:00:00Z")) << "24 hours after its scheduled_for";
}

}  // namespace
}  // namespace orchestrator::policy::explain_test
