#include <gtest/gtest.h>

#include "policy/counters.hpp"
#include "policy/explained.hpp"
#include "policy/policy.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy::daily_limit_test {
namespace {

using namespace situations;

const Instant kNow = at("2026-01-16T17:00:00Z");  // noon in New York

TEST(DailyLimit, PassesAtTheNextLocalMidnight) {
  struct Situation {
    std::string_view what;
    std::string_view zone;
    std::string_view now;
    LocalDate counted;
    int sent;
    std::string_view passes_at;
  };
  const Situation situations[] = {
      {"below the limit", "America/New_York", "2026-01-16T17:00:00Z", date(2026, 1, 16), 2,
       "2026-01-16T17:00:00.000000Z"},
      {"at the limit", "America/New_York", "2026-01-16T17:00:00Z", date(2026, 1, 16), 3,
       "2026-01-17T05:00:00.000000Z"},
      {"above the limit", "America/New_York", "2026-01-16T17:00:00Z", date(2026, 1, 16), 9,
       "2026-01-17T05:00:00.000000Z"},
      {"last microsecond of the day", "America/New_York", "2026-01-17T04:59:59.999999Z", date(2026, 1, 16), 3,
       "2026-01-17T05:00:00.000000Z"},
      {"first microsecond of the next day", "America/New_York", "2026-01-17T05:00:00Z", date(2026, 1, 16), 3,
       "2026-01-17T05:00:00.000000Z"},
      {"yesterday's count", "America/New_York", "2026-01-16T17:00:00Z", date(2026, 1, 15), 3,
       "2026-01-16T17:00:00.000000Z"},
      {"already tomorrow in Tokyo", "Asia/Tokyo", "2026-01-16T17:00:00Z", date(2026, 1, 17), 3,
       "2026-01-17T15:00:00.000000Z"},
      {"far ahead of UTC", "Pacific/Kiritimati", "2026-01-16T10:00:00Z", date(2026, 1, 17), 3,
       "2026-01-17T10:00:00.000000Z"},
      {"far behind UTC", "Etc/GMT+12", "2026-01-16T11:00:00Z", date(2026, 1, 15), 3,
       "2026-01-16T12:00:00.000000Z"},
      {"midnight does not exist", "America/Sao_Paulo", "2018-11-03T15:00:00Z", date(2018, 11, 3), 3,
       "2018-11-04T03:00:00.000000Z"},
      {"the next day does not exist", "Pacific/Apia", "2011-12-30T02:00:00Z", date(2011, 12, 29), 3,
       "2011-12-30T10:00:00.000000Z"},
  };
  for (const Situation& s : situations) {
    Limits limits = no_limits(s.zone);
    limits.daily = 3;
    UserFacts facts;
    facts.counted_date = s.counted;
    facts.sent_on_date = s.sent;
    facts.last_inbound_at = at(s.now);  // an active user is limited as well
    EXPECT_EQ(format_instant(passes_at(kDailyLimit, at(s.now), facts, limits)), s.passes_at) << s.what;
  }
}

TEST(DailyLimit, OfZeroMeansNoLimit) {
  UserFacts facts;
  facts.counted_date = date(2026, 1, 16);
  facts.sent_on_date = 1000;
  EXPECT_EQ(passes_at(kDailyLimit, kNow, facts, no_limits()), kNow);
}

// Ten messages were sent on the 17th in Tokyo; in New York it is the 16th.
TEST(DailyLimit, CountsOnTheEarlierDateAfterTheUserMovedWest) {
  Limits limits = no_limits("America/New_York");
  limits.daily = 10;
  UserFacts facts;
  facts.counted_date = date(2026, 1, 17);
  facts.sent_on_date = 10;
  facts.last_outbound_at = kNow - 1h;
  const UserBlock block = user_block(kNow, facts, limits);
  EXPECT_EQ(block.reason, Reason::daily_limit_reached);
  EXPECT_EQ(format_instant(block.until), "2026-01-17T05:00:00.000000Z");

  facts.sent_on_date = 9;
  const UserFacts after = after_sending(kNow, facts, limits);
  EXPECT_EQ(after.counted_date, date(2026, 1, 16));
  EXPECT_EQ(after.sent_on_date, 10);
}

TEST(DailyLimit, KeepsTheCountOfAFasterClock) {
  Limits limits = no_limits("UTC");
  limits.daily = 1;
  UserFacts facts;
  facts.counted_date = date(2026, 1, 17);
  facts.sent_on_date = 1;
  facts.last_outbound_at = at("2026-01-17T00:00:01Z");
  const UserBlock block = user_block(at("2026-01-16T23:59:59Z"), facts, limits);
  EXPECT_EQ(format_instant(block.until), "2026-01-18T00:00:00.000000Z");
}

TEST(DailyLimit, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "daily_limit"), "pass: 0 of 10 messages on 2026-01-16 in Europe/London");
  s.facts.counted_date = date(2026, 1, 15);
  s.facts.sent_on_date = 10;
  EXPECT_EQ(explanation_of(s, "daily_limit"), "pass: 0 of 10 messages on 2026-01-16 in Europe/London");
  s.facts.counted_date = date(2026, 1, 16);
  EXPECT_EQ(explanation_of(s, "daily_limit"),
            "block until 2026-01-17T00:00:00: 10 of 10 messages on 2026-01-16 in Europe/London");
  s.facts.daily_limit = 0;
  EXPECT_EQ(explanation_of(s, "daily_limit"), "pass: no daily limit");
}

}  // namespace
}  // namespace orchestrator::policy::daily_limit_test
