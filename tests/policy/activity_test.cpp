#include "policy/activity.hpp"

#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy::activity_test {
namespace {

using namespace situations;

const Instant kNow = at("2026-01-16T17:00:00Z");  // noon in New York

TEST(ActiveUser, IsActiveForExactlyTheWindow) {
  const Limits limits = no_limits();
  UserFacts facts;
  EXPECT_FALSE(is_active(kNow, facts, limits));
  facts.last_inbound_at = kNow;
  EXPECT_FALSE(is_active(kNow - 1us, facts, limits)) << "before the inbound message";
  EXPECT_TRUE(is_active(kNow, facts, limits));
  EXPECT_TRUE(is_active(kNow + 10min - 1us, facts, limits));
  EXPECT_FALSE(is_active(kNow + 10min, facts, limits));
}

}  // namespace
}  // namespace orchestrator::policy::activity_test
