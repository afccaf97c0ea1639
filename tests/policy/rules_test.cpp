#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;

const Instant kNow = at("2026-01-16T17:00:00Z");  // noon in New York

TEST(Limits, AreThePersonsOwnElseTheDefaults) {
  UserFacts facts;
  facts.timezone = "Asia/Tokyo";
  facts.hourly_limit = 2;
  facts.daily_limit = 0;
  facts.quiet_hours_start = 23h;
  const Limits limits = limits_in_force(facts, RuleDefaults{});
  EXPECT_EQ(limits.cooldown, 30s);
  EXPECT_EQ(limits.hourly, 2);
  EXPECT_EQ(limits.daily, 0);
  EXPECT_EQ(limits.quiet_hours, (QuietHours{.enabled = true, .start = 23h, .end = 8h}));
  EXPECT_EQ(limits.active_window, 10min);
  EXPECT_EQ(limits.zone.zone, zone("Asia/Tokyo").zone);
  EXPECT_FALSE(limits.zone.is_fallback);
}

TEST(Limits, UnknownFactsFallBackToTheDefaults) {
  UserFacts facts;
  facts.timezone = "Mars/Olympus";
  facts.hourly_limit = -1;
  facts.daily_limit = -5;
  facts.quiet_hours_enabled = false;
  const Limits limits = limits_in_force(facts, RuleDefaults{});
  EXPECT_EQ(limits.hourly, 5);
  EXPECT_EQ(limits.daily, 10);
  EXPECT_EQ(limits.quiet_hours, (QuietHours{.enabled = false, .start = 22h, .end = 8h}));
  EXPECT_EQ(limits.zone.zone, zone("America/New_York").zone);
  EXPECT_TRUE(limits.zone.is_fallback);
}

TEST(Cooldown, PassesOnceItIsOver) {
  Limits limits = no_limits();
  limits.cooldown = 30s;
  UserFacts facts;
  EXPECT_EQ(after_cooldown(kNow, facts, limits), kNow);
  facts.last_outbound_at = kNow - 30s + 1us;
  EXPECT_EQ(after_cooldown(kNow, facts, limits), kNow + 1us);
  facts.last_outbound_at = kNow - 30s;
  EXPECT_EQ(after_cooldown(kNow, facts, limits), kNow);
  facts.last_outbound_at = kNow;
  EXPECT_EQ(after_cooldown(kNow, facts, limits), kNow + 30s);
  facts.last_inbound_at = kNow;
  EXPECT_EQ(after_cooldown(kNow, facts, limits), kNow + 30s) << "holds for active users too";
  facts.last_outbound_at = kNow + 1h;
  EXPECT_EQ(after_cooldown(kNow, facts, limits), kNow + 1h + 30s) << "this clock is behind";
}

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
      {"a moment short of an hour", 1, {60min - 1us}, 1us},
      {"exactly an hour", 1, {60min}, 0s},
      {"older ones do not count", 2, {2h, 90min, 30min}, 0s},
      {"above a limit that was lowered: the limit-th newest decides", 2, {55min, 50min, 40min, 20min}, 20min},
      {"sent just now", 1, {0s}, 60min},
      {"sent in this clock's future", 1, {-5min}, 65min},
      {"out of order", 2, {10min, 30min, 20min}, 40min},
      {"no limit", 0, {10min, 5min, 1min}, 0s},
      {"no limit", -1, {10min, 5min, 1min}, 0s},
  };
  for (const Situation& s : situations) {
    Limits limits = no_limits();
    limits.hourly = s.limit;
    UserFacts facts;
    for (const Duration age : s.ages) facts.recent_sends.push_back(kNow - age);
    EXPECT_EQ(after_hourly_limit(kNow, facts, limits) - kNow, s.wait) << s.what;
  }
}

TEST(HourlyLimit, IsLiftedForAnActiveUser) {
  Limits limits = no_limits();
  limits.hourly = 1;
  UserFacts facts;
  facts.recent_sends = {kNow - 10min};
  facts.last_inbound_at = kNow - 10min + 1us;
  EXPECT_EQ(after_hourly_limit(kNow, facts, limits), kNow);
  facts.last_inbound_at = kNow - 10min;
  EXPECT_EQ(after_hourly_limit(kNow, facts, limits), kNow + 50min) << "no longer active";
  facts.last_inbound_at = kNow + 5min;
  EXPECT_EQ(after_hourly_limit(kNow, facts, limits), kNow + 5min) << "active from then on";
  facts.last_inbound_at = kNow + 2h;
  EXPECT_EQ(after_hourly_limit(kNow, facts, limits), kNow + 50min) << "open before that";
}

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
      {"last moment of the day", "America/New_York", "2026-01-17T04:59:59.999999Z", date(2026, 1, 16), 3,
       "2026-01-17T05:00:00.000000Z"},
      {"first moment of the next", "America/New_York", "2026-01-17T05:00:00Z", date(2026, 1, 16), 3,
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
    facts.last_inbound_at = at(s.now);  // activity lifts other limits, not this one
    EXPECT_EQ(format_instant(after_daily_limit(at(s.now), facts, limits)), s.passes_at) << s.what;
  }
}

TEST(DailyLimit, ZeroIsNone) {
  UserFacts facts;
  facts.counted_date = date(2026, 1, 16);
  facts.sent_on_date = 1000;
  EXPECT_EQ(after_daily_limit(kNow, facts, no_limits()), kNow);
}

// Ten messages went out on the 17th in Tokyo, where it is the 16th in New York.
TEST(DailyLimit, FollowsAPersonWhoMovesWest) {
  Limits limits = no_limits("America/New_York");
  limits.daily = 10;
  UserFacts facts;
  facts.counted_date = date(2026, 1, 17);
  facts.sent_on_date = 10;
  facts.last_outbound_at = kNow - 1h;
  const Gate gate = user_gate(kNow, facts, limits);
  EXPECT_EQ(gate.reason, Reason::daily_limit_reached);
  EXPECT_EQ(format_instant(gate.opens_at), "2026-01-17T05:00:00.000000Z");

  facts.sent_on_date = 9;
  const UserFacts after = after_sending(kNow, facts, limits);
  EXPECT_EQ(after.counted_date, date(2026, 1, 16));
  EXPECT_EQ(after.sent_on_date, 10);
}

TEST(DailyLimit, StandsWhenThisClockIsBehindTheOneThatCounted) {
  Limits limits = no_limits("UTC");
  limits.daily = 1;
  UserFacts facts;
  facts.counted_date = date(2026, 1, 17);
  facts.sent_on_date = 1;
  facts.last_outbound_at = at("2026-01-17T00:00:01Z");
  const Gate gate = user_gate(at("2026-01-16T23:59:59Z"), facts, limits);
  EXPECT_EQ(format_instant(gate.opens_at), "2026-01-18T00:00:00.000000Z");
}

TEST(ActiveUser, IsActiveForExactlyTheWindow) {
  const Limits limits = no_limits();
  UserFacts facts;
  EXPECT_FALSE(is_active(kNow, facts, limits));
  facts.last_inbound_at = kNow;
  EXPECT_FALSE(is_active(kNow - 1us, facts, limits)) << "an inbound message yet to come";
  EXPECT_TRUE(is_active(kNow, facts, limits));
  EXPECT_TRUE(is_active(kNow + 10min - 1us, facts, limits));
  EXPECT_FALSE(is_active(kNow + 10min, facts, limits));
}

TEST(QuietHoursRule, IsLiftedForAnActiveUser) {
  Limits limits = no_limits("America/New_York");
  limits.quiet_hours = QuietHours{};
  const Instant midnight = at("2026-01-16T05:00:00Z");
  const Instant morning = at("2026-01-16T13:00:00Z");
  UserFacts facts;
  EXPECT_EQ(after_quiet_hours(midnight, facts, limits), morning);
  facts.last_inbound_at = midnight - 10min;
  EXPECT_EQ(after_quiet_hours(midnight, facts, limits), morning);
  facts.last_inbound_at = midnight - 10min + 1us;
  EXPECT_EQ(after_quiet_hours(midnight, facts, limits), midnight);
  facts.last_inbound_at = midnight + 1h;
  EXPECT_EQ(after_quiet_hours(midnight, facts, limits), midnight + 1h);
  EXPECT_EQ(after_quiet_hours(morning, facts, limits), morning);
}

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

TEST(AfterSending, BeginsANewCountOnANewLocalDay) {
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

TEST(AfterSending, KeepsWhatAClockAheadHasCounted) {
  UserFacts facts;
  facts.last_outbound_at = kNow + 1min;
  facts.recent_sends = {kNow - 1min, kNow + 1min};
  const UserFacts after = after_sending(kNow, facts, default_limits());
  EXPECT_EQ(after.last_outbound_at, kNow + 1min);
  EXPECT_EQ(after.recent_sends, (std::vector{kNow - 1min, kNow, kNow + 1min}));
}

TEST(AfterSending, KeepsNoMoreSendsThanAnyLimitNeeds) {
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
}  // namespace orchestrator::policy
