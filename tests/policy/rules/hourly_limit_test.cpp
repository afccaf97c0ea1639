#include <gtest/gtest.h>

#include "policy/explained.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy::hourly_limit_test {
namespace {

using namespace situations;

const Instant kNow = at("2026-01-16T17:00:00Z");  // noon in New York

TEST(HourlyLimit, PassesWhenTheDecisiveSendIsAnHourOld) {
  struct Situation {
    std::string_view what;
    int limit;
    std::vector<Duration> ages;  // of the sends, oldest first
    Duration wait;
  };
  const Situation situations[] = {
      {"no sends", 1, {}, 0s},
      {"below the limit", 3, {50min, 10min}, 0s},
      {"at the limit: the oldest decides", 3, {50min, 20min, 10min}, 10min},
      {"a microsecond less than an hour old", 1, {60min - 1us}, 1us},
      {"exactly an hour old", 1, {60min}, 0s},
      {"older ones do not count", 2, {2h, 90min, 30min}, 0s},
      {"above a limit that was lowered: the limit-th newest decides", 2, {55min, 50min, 40min, 20min}, 20min},
      {"sent now", 1, {0s}, 60min},
      {"sent later than now, by a faster clock", 1, {-5min}, 65min},
      {"out of order", 2, {10min, 30min, 20min}, 40min},
      {"no limit", 0, {10min, 5min, 1min}, 0s},
      {"no limit", -1, {10min, 5min, 1min}, 0s},
  };
  for (const Situation& s : situations) {
    Limits limits = no_limits();
    limits.hourly = s.limit;
    UserFacts facts;
    for (const Duration age : s.ages) facts.recent_sends.push_back(kNow - age);
    EXPECT_EQ(passes_at(kHourlyLimit, kNow, facts, limits) - kNow, s.wait) << s.what;
  }
}

TEST(HourlyLimit, DoesNotApplyToAnActiveUser) {
  Limits limits = no_limits();
  limits.hourly = 1;
  UserFacts facts;
  facts.recent_sends = {kNow - 10min};
  facts.last_inbound_at = kNow - 10min + 1us;
  EXPECT_EQ(passes_at(kHourlyLimit, kNow, facts, limits), kNow);
  facts.last_inbound_at = kNow - 10min;
  EXPECT_EQ(passes_at(kHourlyLimit, kNow, facts, limits), kNow + 50min) << "no longer active";
  facts.last_inbound_at = kNow + 5min;
  EXPECT_EQ(passes_at(kHourlyLimit, kNow, facts, limits), kNow + 5min) << "becomes active then";
  facts.last_inbound_at = kNow + 2h;
  EXPECT_EQ(passes_at(kHourlyLimit, kNow, facts, limits), kNow + 50min)
      << "passes before the user becomes active";
}

TEST(HourlyLimit, IsExplained) {
  Subject s;
  s.facts.recent_sends = {s.now - 60min, s.now - 50min, s.now - 30min, s.now - 3min};
  EXPECT_EQ(explanation_of(s, "hourly_limit"), "pass: 3 of 5 messages in the last 60 minutes");
  s.facts.hourly_limit = 3;
  EXPECT_EQ(explanation_of(s, "hourly_limit"),
            "block until 2026-01-16T12:10:00: 3 of 3 messages in the last 60 minutes");
  s.facts.last_inbound_at = s.now - 30s;
  s.facts.hourly_limit = 4;
  EXPECT_EQ(explanation_of(s, "hourly_limit"), "pass: 3 of 4 messages in the last 60 minutes");
  s.facts.hourly_limit = 3;
  EXPECT_EQ(explanation_of(s, "hourly_limit"),
            "pass: 3 of 3 messages in the last 60 minutes, lifted: the user wrote 30 s ago");
  s.facts.hourly_limit = 0;
  EXPECT_EQ(explanation_of(s, "hourly_limit"), "pass: no hourly limit");
}

}  // namespace
}  // namespace orchestrator::policy::hourly_limit_test
