#include "policy/counters.hpp"

#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy::counters_test {
namespace {

using namespace situations;

const Instant kNow = at("2026-01-16T17:00:00Z");  // noon in New York

TEST(AfterSending, CountsTheMessage) {
  const Limits limits = default_limits();
  const UserFacts once = after_sending(kNow, UserFacts{}, limits);
  EXPECT_EQ(once.last_outbound_at, kNow);
  EXPECT_EQ(once.recent_sends, (std::vector{kNow}));
  EXPECT_EQ(once.counted_date, date(2026, 1, 16));
  EXPECT_EQ(once.sent_on_date, 1);

  const UserFacts twice = after_sending(kNow + 59min, once, limits);
  EXPECT_EQ(twice.recent_sends, (std::vector{kNow, kNow + 59min}));
  EXPECT_EQ(twice.sent_on_date, 2);

  const UserFacts later = after_sending(kNow + 60min, twice, limits);
  EXPECT_EQ(later.recent_sends, (std::vector{kNow + 59min, kNow + 60min}));
  EXPECT_EQ(later.sent_on_date, 3);
}

TEST(AfterSending, StartsANewCountOnANewLocalDay) {
  UserFacts facts;
  facts.counted_date = date(2026, 1, 16);
  facts.sent_on_date = 7;
  const UserFacts same_day = after_sending(at("2026-01-17T04:59:59.999999Z"), facts, default_limits());
  EXPECT_EQ(same_day.counted_date, date(2026, 1, 16));
  EXPECT_EQ(same_day.sent_on_date, 8);
  const UserFacts next_day = after_sending(at("2026-01-17T05:00:00Z"), facts, default_limits());
  EXPECT_EQ(next_day.counted_date, date(2026, 1, 17));
  EXPECT_EQ(next_day.sent_on_date, 1);
}

TEST(AfterSending, KeepsTheSendsOfAFasterClock) {
  UserFacts facts;
  facts.last_outbound_at = kNow + 1min;
  facts.recent_sends = {kNow - 1min, kNow + 1min};
  const UserFacts after = after_sending(kNow, facts, default_limits());
  EXPECT_EQ(after.last_outbound_at, kNow + 1min);
  EXPECT_EQ(after.recent_sends, (std::vector{kNow - 1min, kNow, kNow + 1min}));
}

TEST(AfterSending, KeepsNoMoreSendsThanALimitNeeds) {
  Limits limits = default_limits();
  UserFacts facts;
  for (int i = 0; i < 300; ++i) facts = after_sending(kNow + i * 1s, facts, limits);
  EXPECT_EQ(facts.recent_sends.size(), 120U);
  EXPECT_EQ(facts.recent_sends.front(), kNow + 180s);
  EXPECT_EQ(facts.recent_sends.back(), kNow + 299s);
  EXPECT_EQ(facts.sent_on_date, 300);

  limits.hourly = 200;
  for (int i = 300; i < 600; ++i) facts = after_sending(kNow + i * 1s, facts, limits);
  EXPECT_EQ(facts.recent_sends.size(), 200U);
}

}  // namespace
}  // namespace orchestrator::policy::counters_test
