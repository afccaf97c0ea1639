#include "policy/limits.hpp"

#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy::limits_test {
namespace {

using namespace situations;

TEST(Limits, AreTheUsersOwnOrTheDefaults) {
  UserFacts facts;
  facts.timezone = "Asia/Tokyo";
  facts.hourly_limit = 2;
  facts.daily_limit = 0;
  facts.quiet_hours_start = 23h;
  const Limits limits = limits_in_force(facts, RuleDefaults{});
  EXPECT_EQ(limits.cooldown, 30s);
  EXPECT_EQ(limits.hourly, 2);
  EXPECT_EQ(limits.daily, 0);
  EXPECT_EQ(limits.quiet_hours, (QuietHours{.enabled = true, .start = 23h, .end = 8h}));
  EXPECT_EQ(limits.active_window, 10min);
  EXPECT_EQ(limits.zone.zone, zone("Asia/Tokyo").zone);
  EXPECT_FALSE(limits.zone.is_fallback);
}

TEST(Limits, FallBackToTheDefaultsForUnusableSettings) {
  UserFacts facts;
  facts.timezone = "Mars/Olympus";
  facts.hourly_limit = -1;
  facts.daily_limit = -5;
  facts.quiet_hours_enabled = false;
  const Limits limits = limits_in_force(facts, RuleDefaults{});
  EXPECT_EQ(limits.hourly, 5);
  EXPECT_EQ(limits.daily, 10);
  EXPECT_EQ(limits.quiet_hours, (QuietHours{.enabled = false, .start = 22h, .end = 8h}));
  EXPECT_EQ(limits.zone.zone, zone("America/New_York").zone);
  EXPECT_TRUE(limits.zone.is_fallback);
}

}  // namespace
}  // namespace orchestrator::policy::limits_test
