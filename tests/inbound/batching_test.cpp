#include "inbound/batching.hpp"

#include <gtest/gtest.h>

namespace orchestrator::inbound {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kNow{seconds{1'800'000'000}};

// Times before now.
struct Situation {
  const char* what;
  std::size_t waiting;
  Duration oldest;
  Duration newest;
  std::optional<Duration> fourth_latest;
  Duration expected;  // from now
};

TEST(Batching, WhenTheNextTurnIsTaken) {
  const Situation situations[] = {
      {"a single message does not wait", 1, {}, {}, std::nullopt, {}},
      {"nor does one of three in a minute", 1, {}, {}, std::nullopt, {}},
      {"the fourth within a minute waits for silence", 1, {}, {}, seconds{59}, seconds{2}},
      {"a minute ago is no longer within it", 1, {}, {}, seconds{60}, {}},
      {"silence is counted from the last one", 2, seconds{1}, milliseconds{500}, seconds{5},
       milliseconds{1500}},
      {"ten seconds are enough", 3, milliseconds{9500}, {}, seconds{12}, milliseconds{500}},
      {"they are over", 3, seconds{11}, {}, seconds{12}, {}},
      {"so is the silence", 2, seconds{5}, seconds{3}, seconds{6}, {}},
      {"a full turn does not wait", 5, seconds{1}, {}, seconds{1}, {}},
      {"nor does more", 20, seconds{1}, {}, seconds{1}, {}},
      {"an arrival of a clock that is ahead", 1, -seconds{1}, -seconds{1}, seconds{1}, seconds{3}},
  };
  for (const Situation& situation : situations) {
    ContactBacklog line;
    line.waiting = situation.waiting;
    line.oldest = kNow - situation.oldest;
    line.newest = kNow - situation.newest;
    if (situation.fourth_latest) line.fourth_latest = kNow - *situation.fourth_latest;
    EXPECT_EQ(next_turn_at(kNow, line) - kNow, situation.expected) << situation.what;
  }
}

TEST(Batching, TriesWaitLongerEachTime) {
  EXPECT_EQ(retry_delay(1), seconds{1});
  EXPECT_EQ(retry_delay(2), seconds{2});
  EXPECT_EQ(retry_delay(3), seconds{4});
}

TEST(Batching, ShortLeasesAreRenewedInTimeButNotAllTheTime) {
  EXPECT_EQ(renewal_interval(seconds{30}), seconds{10});
  EXPECT_GT(renewal_interval(seconds{1}), milliseconds{300});
}

}  // namespace
}  // namespace orchestrator::inbound
