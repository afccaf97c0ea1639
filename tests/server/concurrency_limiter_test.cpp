#include "server/concurrency_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace orchestrator::server {
namespace {

TEST(ConcurrencyLimiter, SendsAwayThoseBeyondTheQueue) {
  ConcurrencyLimiter limiter(1, 1);
  {
    const ConcurrencyLimiter::Permit permit(limiter);
    EXPECT_TRUE(permit.is_granted());
    EXPECT_FALSE(ConcurrencyLimiter::Permit(limiter).is_granted());
  }
  EXPECT_TRUE(ConcurrencyLimiter::Permit(limiter).is_granted());
}

TEST(ConcurrencyLimiter, LetsOnlySoManyThroughAtATime) {
  ConcurrencyLimiter limiter(2, 8);
  std::atomic<int> inside = 0;
  std::atomic<int> too_many = 0;
  std::vector<std::jthread> visitors;
  for (int i = 0; i < 8; ++i) {
    visitors.emplace_back([&] {
      for (int visit = 0; visit < 1'000; ++visit) {
        const ConcurrencyLimiter::Permit permit(limiter);
        if (!permit.is_granted() || ++inside > 2) ++too_many;
        --inside;
      }
    });
  }
  visitors.clear();
  EXPECT_EQ(too_many, 0);
}

}  // namespace
}  // namespace orchestrator::server
