#include <gtest/gtest.h>

#include "policy/explained.hpp"

namespace orchestrator::policy::expired_test {
namespace {

using namespace situations;

TEST(Expired, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "expired"), "pass: does not expire");
  s.message.expires_at = s.now + 1h;
  EXPECT_EQ(explanation_of(s, "expired"), "pass: expires at 2026-01-16T13:00:00.000000Z");
  s.message.expires_at = s.now;
  EXPECT_EQ(explanation_of(s, "expired"), "block: expired at 2026-01-16T12:00:00.000000Z");
}

}  // namespace
}  // namespace orchestrator::policy::expired_test
