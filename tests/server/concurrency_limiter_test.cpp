#include "server/concurrency_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace orchestrator::server {
namespace {

TEST(ConcurrencyLimiter, RefusesCallersBeyondItsLimit) {
  ConcurrencyLimiter limiter(1, 1);
  {
    const ConcurrencyLimiter::Permit permit(limiter);
    EXPECT_TRUE(permit.is_granted());
    EXPECT_FALSE(ConcurrencyLimiter::Permit(limiter).is_granted());
  }
  EXPECT_TRUE(ConcurrencyLimiter::Permit(limiter).is_granted());
}

TEST(ConcurrencyLimiter, GrantsOnlyTheConfiguredNumberOfPermits) {
  ConcurrencyLimiter limiter(2, 8);
  std::atomic<int> running = 0;
  std::atomic<int> violations = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < 1'000; ++call) {
        const ConcurrencyLimiter::Permit permit(limiter);
        if (!permit.is_granted() || ++running > 2) ++violations;
        --running;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(violations, 0);
}

}  // namespace
}  // namespace orchestrator::server
