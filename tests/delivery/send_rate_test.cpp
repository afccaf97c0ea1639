// The rate of a sender over several instances, each with a lease of its own.
#include "delivery/send_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/world.hpp"

namespace orchestrator::delivery {
namespace {

using namespace std::chrono_literals;

class SendRateTest : public ::testing::Test {
 protected:
  // Messages of as many users, all of which can be sent.
  void promote(int messages) {
    world.sql.run(
        "INSERT INTO messages (user_id, direction, role, content) "
        "SELECT 'person_' || i, 'outbound', 'a', i::text FROM generate_series(1, " +
        std::to_string(messages) + ") AS i");
  }

  // Claims what the rate allows, at most `wanted`.
  std::size_t claim(SendRate& rate, std::size_t wanted = 1000) {
    const std::size_t allowed = rate.allows(wanted, world.clock.now());
    rate.spend(allowed);
    claimed_at.insert(claimed_at.end(), allowed, world.clock.now());
    return allowed;
  }

  // Claims with each of these instances every 10 ms; returns how much was claimed.
  std::size_t claim_for(Duration time, const std::vector<SendRate*>& instances) {
    std::size_t claimed = 0;
    for (const Instant end = world.clock.now() + time; world.clock.now() < end; world.clock.advance(10ms)) {
      for (SendRate* instance : instances) claimed += claim(*instance);
    }
    return claimed;
  }

  // In any period of T seconds at most (T + 0.2) × rate + 2.
  void expect_never_exceeded(std::int64_t per_second, unsigned seed) const {
    for (std::size_t first = 0; first < claimed_at.size(); ++first) {
      for (std::size_t last = first; last < claimed_at.size(); ++last) {
        const std::chrono::duration<double> period = claimed_at[last] - claimed_at[first];
        ASSERT_LE(static_cast<double>(last - first + 1),
                  (period.count() + 0.2) * static_cast<double>(per_second) + 2 + 1e-6)
            << "from " << first << " to " << last << ", seed " << seed;
      }
    }
  }

  std::string leased_rate() {
    return world.sql.value(
        "SELECT string_agg(value, ',') FROM orchestrator_settings WHERE name = 'send_rate:console'");
  }

  support::World world;
  storage::Database other_database{Secret{world.url()}, 2};
  storage::DeliveryStore other_store{other_database};
  std::vector<Instant> claimed_at;
};

// Two instances claim and pause at random; others come and go.
TEST_F(SendRateTest, IsNeverExceededByAllInstancesTogether) {
  promote(300);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (const std::int64_t per_second : {1, 3, 10, 47, 400}) {
    claimed_at.clear();
    world.clock.advance(1h);
    const Instant begin = world.clock.now();
    SendRate one(world.deliveries, "console", per_second);
    std::optional<SendRate> other(std::in_place, other_store, "console", per_second);
    while (world.clock.now() < begin + 10s && claimed_at.size() < 800) {
      claim(random() % 2 == 0 ? one : *other, random() % 20);
      world.clock.advance(Duration{random() % (random() % 10 == 0 ? 600'000 : 30'000)});
      if (random() % 50 == 0) other.emplace(other_store, "console", per_second);
    }
    EXPECT_GT(claimed_at.size(), static_cast<std::size_t>(per_second)) << seed;
    expect_never_exceeded(per_second, seed);
  }
}

TEST_F(SendRateTest, IsReachedByTwoInstancesWithABacklog) {
  promote(300);
  SendRate one(world.deliveries, "console", 100);
  SendRate other(other_store, "console", 100);
  const std::size_t claimed = claim_for(5s, {&one, &other});
  EXPECT_GE(claimed, 490U);
  EXPECT_LE(claimed, 522U);
}

TEST_F(SendRateTest, IsNotTouchedByAClaimWithinALease) {
  promote(300);
  SendRate rate(world.deliveries, "console", 100);
  claim(rate);
  const std::string leased = leased_rate();
  EXPECT_EQ(claim_for(150ms, {&rate}), 14U);
  EXPECT_EQ(leased_rate(), leased);
  claim_for(200ms, {&rate});
  EXPECT_NE(leased_rate(), leased);
}

TEST_F(SendRateTest, LosesAtMostTheLeaseOfAnInstanceThatDies) {
  promote(300);
  {
    SendRate dies(world.deliveries, "console", 100);
    EXPECT_GT(claim(dies, 1), 0U);
  }
  SendRate other(other_store, "console", 100);
  EXPECT_EQ(claim(other), 0U);
  world.clock.advance(250ms);
  EXPECT_GT(claim(other), 0U);
  EXPECT_GE(claim_for(1s, {&other}), 99U);
}

TEST_F(SendRateTest, IsLeasedForMessagesThatWaitOnly) {
  SendRate one(world.deliveries, "console", 10);
  SendRate other(other_store, "console", 10);
  EXPECT_EQ(claim(one), 0U);
  EXPECT_EQ(one.next_at(), std::nullopt);
  EXPECT_EQ(leased_rate(), "");
  promote(1);
  EXPECT_EQ(claim(one), 1U);
  EXPECT_EQ(claim(other), 1U) << "one at once, and one for the 100 ms before";
  world.clock.advance(99ms);
  EXPECT_EQ(claim(other), 0U);
  world.clock.advance(1ms);
  EXPECT_EQ(claim(other), 1U);
}

TEST_F(SendRateTest, OfOneASecondLosesNothingByClaimsThatAreLate) {
  promote(2);
  SendRate rate(world.deliveries, "console", 1);
  EXPECT_EQ(claim(rate), 1U);
  for (int second = 0; second < 5; ++second) {
    world.clock.advance(400ms);
    EXPECT_EQ(claim(rate), 0U);
    world.clock.advance(600ms);
    EXPECT_EQ(claim(rate), 1U) << second;
  }
}

// The clock steps back by an hour, as when a wrong clock is corrected.
TEST_F(SendRateTest, SurvivesAClockThatStepsBack) {
  promote(10);
  SendRate one(world.deliveries, "console", 1);
  SendRate other(other_store, "console", 1);
  const Instant right = world.clock.now();
  world.clock.advance(1h);
  EXPECT_EQ(claim(one), 1U);
  EXPECT_EQ(claim(one), 0U);
  world.clock.set(right);
  EXPECT_EQ(claim(one), 1U);
  EXPECT_EQ(claim(one), 0U) << "one a second";
  EXPECT_EQ(claim(other), 0U);
  world.clock.advance(1s);
  EXPECT_EQ(claim(one), 1U);
}

TEST_F(SendRateTest, HasNoLimitUnlessOneIsConfigured) {
  SendRate rate(world.deliveries, "console", 0);
  EXPECT_EQ(claim(rate, 1000), 1000U);
  EXPECT_EQ(rate.next_at(), std::nullopt);
  EXPECT_EQ(leased_rate(), "");
}

}  // namespace
}  // namespace orchestrator::delivery
