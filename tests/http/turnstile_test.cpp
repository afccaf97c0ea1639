#include "http/turnstile.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace orchestrator::http {
namespace {

TEST(Turnstile, SendsAwayThoseBeyondTheQueue) {
  Turnstile turnstile(1, 1);
  {
    const Turnstile::Turn turn(turnstile);
    EXPECT_TRUE(turn.has_come());
    EXPECT_FALSE(Turnstile::Turn(turnstile).has_come());
  }
  EXPECT_TRUE(Turnstile::Turn(turnstile).has_come());
}

TEST(Turnstile, LetsOnlySoManyThroughAtATime) {
  Turnstile turnstile(2, 8);
  std::atomic<int> inside = 0;
  std::atomic<int> too_many = 0;
  std::vector<std::jthread> visitors;
  for (int i = 0; i < 8; ++i) {
    visitors.emplace_back([&] {
      for (int visit = 0; visit < 1'000; ++visit) {
        const Turnstile::Turn turn(turnstile);
        if (!turn.has_come() || ++inside > 2) ++too_many;
        --inside;
      }
    });
  }
  visitors.clear();
  EXPECT_EQ(too_many, 0);
}

}  // namespace
}  // namespace orchestrator::http
