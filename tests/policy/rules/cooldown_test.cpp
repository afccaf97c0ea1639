#include <gtest/gtest.h>

#include "policy/explained.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy::cooldown_test {
namespace {

using namespace situations;

const Instant kNow = at("2026-01-16T17:00:00Z");  // noon in New York

TEST(Cooldown, PassesOnceItHasElapsed) {
  Limits limits = no_limits();
  limits.cooldown = 30s;
  UserFacts facts;
  EXPECT_EQ(passes_at(kCooldown, kNow, facts, limits), kNow);
  facts.last_outbound_at = kNow - 30s + 1us;
  EXPECT_EQ(passes_at(kCooldown, kNow, facts, limits), kNow + 1us);
  facts.last_outbound_at = kNow - 30s;
  EXPECT_EQ(passes_at(kCooldown, kNow, facts, limits), kNow);
  facts.last_outbound_at = kNow;
  EXPECT_EQ(passes_at(kCooldown, kNow, facts, limits), kNow + 30s);
  facts.last_inbound_at = kNow;
  EXPECT_EQ(passes_at(kCooldown, kNow, facts, limits), kNow + 30s) << "applies to active users too";
  facts.last_outbound_at = kNow + 1h;
  EXPECT_EQ(passes_at(kCooldown, kNow, facts, limits), kNow + 1h + 30s) << "this clock is slow";
}

TEST(Cooldown, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "cooldown"), "pass: no message was sent before");
  s.facts.last_outbound_at = s.now - 12s;
  EXPECT_EQ(explanation_of(s, "cooldown"),
            "block until 2026-01-16T12:00:18: last message 12 s ago, at least 30 s must pass");
  s.facts.last_outbound_at = s.now - 49h;
  EXPECT_EQ(explanation_of(s, "cooldown"), "pass: last message 2 days ago, at least 30 s must pass");
  s.facts.last_outbound_at = s.now + 1s;
  EXPECT_EQ(explanation_of(s, "cooldown"),
            "block until 2026-01-16T12:00:31: last message 0 s ago, at least 30 s must pass");
}

}  // namespace
}  // namespace orchestrator::policy::cooldown_test
