#include <gtest/gtest.h>

#include "policy/explained.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy::quiet_hours_test {
namespace {

using namespace situations;

TEST(QuietHours, DoNotApplyToAnActiveUser) {
  Limits limits = no_limits("America/New_York");
  limits.quiet_hours = QuietHours{};
  const Instant midnight = at("2026-01-16T05:00:00Z");
  const Instant morning = at("2026-01-16T13:00:00Z");
  UserFacts facts;
  EXPECT_EQ(passes_at(kQuietHours, midnight, facts, limits), morning);
  facts.last_inbound_at = midnight - 10min;
  EXPECT_EQ(passes_at(kQuietHours, midnight, facts, limits), morning);
  facts.last_inbound_at = midnight - 10min + 1us;
  EXPECT_EQ(passes_at(kQuietHours, midnight, facts, limits), midnight);
  facts.last_inbound_at = midnight + 1h;
  EXPECT_EQ(passes_at(kQuietHours, midnight, facts, limits), midnight + 1h);
  EXPECT_EQ(passes_at(kQuietHours, morning, facts, limits), morning);
}

TEST(QuietHours, AreExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "quiet_hours"),
            "pass: local time 12:00 in Europe/London, quiet from 22:00 to 08:00");
  s.now = at("2026-01-16T23:14:00Z");
  EXPECT_EQ(explanation_of(s, "quiet_hours"),
            "block until 2026-01-17T08:00:00: local time 23:14 in Europe/London, quiet from 22:00 to 08:00");
  s.facts.last_inbound_at = s.now - 4min;
  EXPECT_EQ(
      explanation_of(s, "quiet_hours"),
      "pass: local time 23:14 in Europe/London, quiet from 22:00 to 08:00, lifted: the user wrote 4 min "
      "ago");
  s.facts.quiet_hours_enabled = false;
  EXPECT_EQ(explanation_of(s, "quiet_hours"), "pass: no quiet hours");
}

}  // namespace
}  // namespace orchestrator::policy::quiet_hours_test
