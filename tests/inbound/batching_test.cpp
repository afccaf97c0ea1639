#include "inbound/batching.hpp"

#include <gtest/gtest.h>

namespace orchestrator::inbound {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kNow{seconds{1'800'000'000}};

struct Situation {
  const char* what;
  std::size_t waiting;
  Duration oldest_age;
  Duration newest_age;
  std::optional<Duration> fourth_latest_age;
  Duration expected_delay;
};

TEST(Batching, NextTurnAt) {
  const Situation situations[] = {
      {"a single message does not wait", 1, {}, {}, std::nullopt, {}},
      {"the third message in a minute does not wait", 1, {}, {}, std::nullopt, {}},
      {"the fourth message in a minute waits for silence", 1, {}, {}, seconds{59}, seconds{2}},
      {"exactly a minute ago is outside the window", 1, {}, {}, seconds{60}, {}},
      {"silence begins with the newest message", 2, seconds{1}, milliseconds{500}, seconds{5},
       milliseconds{1500}},
      {"the oldest message waits ten seconds at most",
       3,
       milliseconds{9500},
       {},
       seconds{12},
       milliseconds{500}},
      {"the ten seconds have passed", 3, seconds{11}, {}, seconds{12}, {}},
      {"the silence has passed", 2, seconds{5}, seconds{3}, seconds{6}, {}},
      {"a full turn does not wait", 5, seconds{1}, {}, seconds{1}, {}},
      {"more than a full turn does not wait", 20, seconds{1}, {}, seconds{1}, {}},
      {"an arrival that was stamped by a clock that is ahead", 1, -seconds{1}, -seconds{1}, seconds{1},
       seconds{3}},
  };
  for (const Situation& situation : situations) {
    ContactBacklog backlog;
    backlog.waiting = situation.waiting;
    backlog.oldest = kNow - situation.oldest_age;
    backlog.newest = kNow - situation.newest_age;
    if (situation.fourth_latest_age) backlog.fourth_latest = kNow - *situation.fourth_latest_age;
    EXPECT_EQ(next_turn_at(kNow, backlog) - kNow, situation.expected_delay) << situation.what;
  }
}

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
