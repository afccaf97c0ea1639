#include "inbound/batching.hpp"

#include <gtest/gtest.h>

namespace orchestrator::inbound {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Batching, RetryDelaysDouble) {
  EXPECT_EQ(retry_delay(1), seconds{1});
  EXPECT_EQ(retry_delay(2), seconds{2});
  EXPECT_EQ(retry_delay(3), seconds{4});
}

TEST(Batching, LeasesAreRenewedAtAThirdOfTheirLength) {
  EXPECT_EQ(renewal_interval(seconds{30}), seconds{10});
  EXPECT_GT(renewal_interval(seconds{1}), milliseconds{300});
}

}  // namespace
}  // namespace orchestrator::inbound
