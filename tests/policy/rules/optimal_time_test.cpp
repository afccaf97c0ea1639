#include "policy/rules/optimal_time.hpp"

#include <gtest/gtest.h>

#include "policy/explained.hpp"
#include "policy/policy.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy::optimal_time_test {
namespace {

using namespace situations;

struct Search {
  std::string_view what;
  std::string_view zone;
  ResponsePattern pattern;
  std::string_view from;
  std::string_view next;
};

void expect_all(const std::vector<Search>& table) {
  for (const Search& s : table) {
    EXPECT_EQ(text_of(next_best_hour(at(s.from), s.pattern, zone(s.zone))), s.next)
        << s.what << ", " << s.zone << " from " << s.from;
  }
}

constexpr int kSunday = 0, kMonday = 1, kFriday = 5, kSaturday = 6;

// 16 January 2026 is a Friday; New York is five hours behind UTC.
TEST(NextBestHour, UsesTheUsersWallClockAndHalfOpenHours) {
  const ResponsePattern ten = pattern({10});
  expect_all({
      {"before", "America/New_York", ten, "2026-01-16T14:00:00Z", "2026-01-16T15:00:00.000000Z"},
      {"a microsecond before", "America/New_York", ten, "2026-01-16T14:59:59.999999Z",
       "2026-01-16T15:00:00.000000Z"},
      {"as it begins", "America/New_York", ten, "2026-01-16T15:00:00Z", "2026-01-16T15:00:00.000000Z"},
      {"inside", "America/New_York", ten, "2026-01-16T15:59:59.999999Z", "2026-01-16T15:59:59.999999Z"},
      {"as it ends", "America/New_York", ten, "2026-01-16T16:00:00Z", "2026-01-17T15:00:00.000000Z"},
      {"in a zone with an offset of 5:45", "Asia/Kathmandu", ten, "2026-01-16T04:00:00Z",
       "2026-01-16T04:15:00.000000Z"},
      {"two in a row", "UTC", pattern({10, 11}), "2026-01-16T11:30:00Z", "2026-01-16T11:30:00.000000Z"},
      {"the nearer of two", "UTC", pattern({9, 18}), "2026-01-16T10:30:00Z", "2026-01-16T18:00:00.000000Z"},
      {"midnight", "UTC", pattern({0}), "2026-01-16T01:00:00Z", "2026-01-17T00:00:00.000000Z"},
      {"the last of the day", "UTC", pattern({23}), "2026-01-16T23:59:59.999999Z",
       "2026-01-16T23:59:59.999999Z"},
  });
}

TEST(NextBestHour, IsOnAPreferredDay) {
  expect_all({
      {"on the day", "America/New_York", pattern({10}, {kFriday}), "2026-01-16T14:00:00Z",
       "2026-01-16T15:00:00.000000Z"},
      {"the day after", "America/New_York", pattern({10}, {kSaturday}), "2026-01-16T15:00:00Z",
       "2026-01-17T15:00:00.000000Z"},
      {"more than a day away", "America/New_York", pattern({10}, {kSaturday}), "2026-01-16T14:59:59.999999Z",
       "none"},
      {"days away", "America/New_York", pattern({10}, {kMonday}), "2026-01-16T15:00:00Z", "none"},
      {"any hour of the day", "America/New_York", pattern({}, {kFriday}), "2026-01-17T04:59:59.999999Z",
       "2026-01-17T04:59:59.999999Z"},
      {"any hour, after the day", "America/New_York", pattern({}, {kFriday}), "2026-01-17T05:00:00Z", "none"},
      {"any hour, from midnight", "America/New_York", pattern({}, {kSaturday}), "2026-01-16T17:00:00Z",
       "2026-01-17T05:00:00.000000Z"},
      {"a weekend", "America/New_York", pattern({9}, {kSaturday, kSunday}), "2026-01-17T15:00:00Z",
       "2026-01-18T14:00:00.000000Z"},
      {"no hours, no days: every hour", "America/New_York", pattern({}), "2026-01-16T08:12:13Z",
       "2026-01-16T08:12:13.000000Z"},
  });
}

// As in quiet_interval_test: New York skips 02:00 to 03:00 at 2025-03-09T07:00Z and repeats 01:00 to 02:00,
// from 2025-11-02T05:00Z and from 06:00Z.
TEST(NextBestHour, AcrossClockChanges) {
  expect_all({
      {"skipped", "America/New_York", pattern({2}), "2025-03-09T06:30:00Z", "2025-03-10T06:00:00.000000Z"},
      {"after the skipped hour", "America/New_York", pattern({3}), "2025-03-09T06:30:00Z",
       "2025-03-09T07:00:00.000000Z"},
      {"repeated, first occurrence", "America/New_York", pattern({1}), "2025-11-02T04:30:00Z",
       "2025-11-02T05:00:00.000000Z"},
      {"repeated, second occurrence", "America/New_York", pattern({1}), "2025-11-02T06:10:00Z",
       "2025-11-02T06:10:00.000000Z"},
      {"repeated, afterwards", "America/New_York", pattern({1}), "2025-11-02T07:00:00Z",
       "2025-11-03T06:00:00.000000Z"},
      {"not while the next hour is repeated", "America/New_York", pattern({0}), "2025-11-02T05:30:00Z",
       "2025-11-03T05:00:00.000000Z"},
      {"the same hour is 25 hours away", "America/New_York", pattern({0}), "2025-11-02T05:00:00Z",
       "2025-11-03T05:00:00.000000Z"},
      {"a day of 25 hours", "America/New_York", pattern({12}), "2025-11-01T16:59:59.999999Z",
       "2025-11-01T16:59:59.999999Z"},
      {"half of it skipped", "Australia/Lord_Howe", pattern({2}), "2025-10-04T15:00:00Z",
       "2025-10-04T15:30:00.000000Z"},
      {"half of it repeated", "Australia/Lord_Howe", pattern({1}), "2025-04-05T15:10:00Z",
       "2025-04-05T15:10:00.000000Z"},
      {"midnight does not exist", "America/Sao_Paulo", pattern({0}), "2018-11-04T02:00:00Z",
       "2018-11-05T02:00:00.000000Z"},
      {"a day that does not exist", "Pacific/Apia", pattern({}, {kFriday}), "2011-12-30T09:59:59Z", "none"},
      {"the day after it", "Pacific/Apia", pattern({}, {kSaturday}), "2011-12-30T09:59:59Z",
       "2011-12-30T10:00:00.000000Z"},
      {"clocks set back at 00:01", "America/St_Johns", pattern({23}), "2010-11-07T02:30:30Z",
       "2010-11-07T02:31:00.000000Z"},
  });
}

// A medium message for a user in New York whose best hour is between 18:00 and 19:00 (23:00Z).
struct Situation {
  std::string_view what;
  std::string_view now;
  std::string_view scheduled_for;
  std::string_view passes_at;
  std::string_view last_inbound = {};
};

TEST(OptimalTime, WaitsForABestHourFor24HoursAtMost) {
  const Limits limits = no_limits("America/New_York");
  const Situation situations[] = {
      {"before", "2026-01-16T15:00:00Z", "2026-01-16T15:00:00Z", "2026-01-16T23:00:00.000000Z"},
      {"inside", "2026-01-16T23:30:00Z", "2026-01-16T15:00:00Z", "2026-01-16T23:30:00.000000Z"},
      {"after", "2026-01-17T00:00:00Z", "2026-01-16T23:59:00Z", "2026-01-17T23:00:00.000000Z"},
      {"delayed for 24 hours at most", "2026-01-17T00:00:00Z", "2026-01-16T15:00:00Z",
       "2026-01-17T15:00:00.000000Z"},
      {"a microsecond less than 24 hours", "2026-01-17T14:59:59.999999Z", "2026-01-16T15:00:00Z",
       "2026-01-17T15:00:00.000000Z"},
      {"24 hours late", "2026-01-17T15:00:00Z", "2026-01-16T15:00:00Z", "2026-01-17T15:00:00.000000Z"},
      {"days late", "2026-01-19T15:00:00Z", "2026-01-16T15:00:00Z", "2026-01-19T15:00:00.000000Z"},
      {"the user wrote", "2026-01-16T15:05:00Z", "2026-01-16T15:00:00Z", "2026-01-16T15:05:00.000000Z",
       "2026-01-16T14:55:00.000001Z"},
      {"the user wrote ten minutes ago", "2026-01-16T15:05:00Z", "2026-01-16T15:00:00Z",
       "2026-01-16T23:00:00.000000Z", "2026-01-16T14:55:00Z"},
      {"the user wrote later than now, by a faster clock", "2026-01-16T15:05:00Z", "2026-01-16T15:00:00Z",
       "2026-01-16T15:05:02.000000Z", "2026-01-16T15:05:02Z"},
  };
  for (const Situation& s : situations) {
    UserFacts facts;
    facts.response_pattern = pattern({18});
    if (!s.last_inbound.empty()) facts.last_inbound_at = at(s.last_inbound);
    const QueuedMessage medium = message("m", Priority::medium, at(s.scheduled_for));
    const Instant now = at(s.now);
    EXPECT_EQ(format_instant(passes_at(kOptimalTime, now, facts, limits, medium)), s.passes_at) << s.what;
    const Verdict verdict = decide(now, medium, facts, limits);
    EXPECT_EQ(text_of(verdict.eligible_at), s.passes_at) << s.what;
    EXPECT_EQ(text_of(verdict.reason), at(s.passes_at) > now ? "optimal_time" : "none") << s.what;
  }
}

TEST(OptimalTime, PassesIfNoBestHourBeginsWithin24Hours) {
  const Limits limits = no_limits("America/New_York");
  UserFacts facts;
  facts.response_pattern = pattern({10}, {kMonday});
  const auto passes_from = [&](std::string_view now) {
    const QueuedMessage medium = message("m", Priority::medium, at(now));
    return format_instant(passes_at(kOptimalTime, at(now), facts, limits, medium));
  };
  EXPECT_EQ(passes_from("2026-01-18T14:59:59.999999Z"), "2026-01-18T14:59:59.999999Z");
  EXPECT_EQ(passes_from("2026-01-18T15:00:00Z"), "2026-01-19T15:00:00.000000Z") << "exactly 24 hours";
}

TEST(OptimalTime, AppliesToMediumMessagesThatCanBeDelayed) {
  const Limits limits = no_limits();
  UserFacts facts;
  facts.response_pattern = pattern({18});
  const Instant noon = at("2026-01-16T12:00:00Z");
  const auto decision_on = [&](Priority priority, bool can_delay) {
    QueuedMessage queued = message("m", priority, noon);
    queued.can_delay = can_delay;
    return decide(noon, queued, facts, limits).decision;
  };
  EXPECT_EQ(decision_on(Priority::medium, true), Decision::defer);
  EXPECT_EQ(decision_on(Priority::medium, false), Decision::send);
  EXPECT_EQ(decision_on(Priority::urgent, true), Decision::send);
  EXPECT_EQ(decision_on(Priority::high, true), Decision::send);
  EXPECT_EQ(decision_on(Priority::low, true), Decision::send);
}

TEST(OptimalTime, CombinesWithTheRulesOfTheUser) {
  UserFacts facts;
  facts.response_pattern = pattern({7, 10});
  const Limits limits = default_limits();
  const auto expect_decided = [&](std::string_view now, std::string_view reason, std::string_view eligible) {
    const Verdict verdict = decide(at(now), message("m", Priority::medium, at(now)), facts, limits);
    EXPECT_EQ(text_of(verdict.reason), reason) << now;
    EXPECT_EQ(text_of(verdict.eligible_at), eligible) << now;
  };
  expect_decided("2026-01-17T04:00:00Z", "optimal_time", "2026-01-17T15:00:00.000000Z");
  expect_decided("2026-01-17T12:30:00Z", "quiet_hours", "2026-01-17T15:00:00.000000Z");
  expect_decided("2026-01-17T15:30:00Z", "none", "2026-01-17T15:30:00.000000Z");

  facts.response_pattern = pattern({3});
  // The only best hour is in quiet hours: the message is delayed for 24 hours, then only other rules apply.
  expect_decided("2026-01-16T17:00:00Z", "optimal_time", "2026-01-17T17:00:00.000000Z");
}

TEST(OptimalTime, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "optimal_time"), "pass: no response pattern is known");
  s.facts.response_pattern = ResponsePattern{};
  EXPECT_EQ(explanation_of(s, "optimal_time"), "pass: no response pattern is known");
  s.facts.response_pattern = pattern({9, 18});
  EXPECT_EQ(
      explanation_of(s, "optimal_time"),
      "block until 2026-01-16T18:00:00: local time 12:00 in Europe/London on Friday, the next best hour "
      "begins at 18:00 on Friday");
  s.now = kExplainedAt + 6h + 30min + 15s;
  EXPECT_EQ(explanation_of(s, "optimal_time"),
            "pass: local time 18:30:15 in Europe/London on Friday, a best hour");
  s.now = kExplainedAt;
  s.facts.last_inbound_at = kExplainedAt - 4min - 59s;
  EXPECT_EQ(explanation_of(s, "optimal_time"), "pass: lifted: the user wrote 4 min ago");
  s.facts.last_inbound_at.reset();
  s.message.scheduled_for = kExplainedAt - 20h;
  s.facts.response_pattern = pattern({9});
  EXPECT_EQ(
      explanation_of(s, "optimal_time"),
      "block until 2026-01-16T16:00:00: local time 12:00 in Europe/London on Friday, the next best hour "
      "begins at 09:00 on Saturday, delayed for 24 hours at most");
  s.message.scheduled_for = kExplainedAt - 24h;
  EXPECT_EQ(explanation_of(s, "optimal_time"), "pass: delayed for 24 hours, the maximum");
  s.message.scheduled_for = kExplainedAt;
  s.facts.response_pattern = pattern({}, {1});
  EXPECT_EQ(explanation_of(s, "optimal_time"),
            "pass: local time 12:00 in Europe/London on Friday, no best hour within 24 hours");
  s.message.can_delay = false;
  EXPECT_EQ(explanation_of(s, "optimal_time"), "pass: the message cannot be delayed");
  s.message.priority = Priority::high;
  EXPECT_EQ(explanation_of(s, "optimal_time"), "pass: only medium messages wait for a best hour");
}

}  // namespace
}  // namespace orchestrator::policy::optimal_time_test
