#include "policy/quiet_interval.hpp"

#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy::quiet_interval_test {
namespace {

using namespace situations;

struct Situation {
  std::string_view what;
  std::string_view zone;
  TimeOfDay start;
  TimeOfDay end;
  std::string_view at;
  std::string_view quiet;  // the interval, or "none"
};

void expect_all(const std::vector<Situation>& table) {
  for (const Situation& s : table) {
    const QuietHours hours{.enabled = true, .start = s.start, .end = s.end};
    EXPECT_EQ(text_of(quiet_interval(at(s.at), hours, zone(s.zone))), s.quiet)
        << s.what << ", " << s.zone << " at " << s.at;
  }
}

TEST(QuietInterval, SpansMidnightAndIsHalfOpen) {
  const std::string_view night = "2026-01-16T03:00:00.000000Z to 2026-01-16T13:00:00.000000Z";
  expect_all({
      {"21:59:59.999999", "America/New_York", 22h, 8h, "2026-01-16T02:59:59.999999Z", "none"},
      {"22:00:00", "America/New_York", 22h, 8h, "2026-01-16T03:00:00Z", night},
      {"midnight", "America/New_York", 22h, 8h, "2026-01-16T05:00:00Z", night},
      {"07:59:59.999999", "America/New_York", 22h, 8h, "2026-01-16T12:59:59.999999Z", night},
      {"08:00:00", "America/New_York", 22h, 8h, "2026-01-16T13:00:00Z", "none"},
      {"noon", "America/New_York", 22h, 8h, "2026-01-16T17:00:00Z", "none"},
  });
}

TEST(QuietInterval, MayLieWithinOneDay) {
  const std::string_view nap = "2026-01-16T13:00:00.000000Z to 2026-01-16T15:00:00.000000Z";
  expect_all({
      {"12:59:59.999999", "Europe/London", 13h, 15h, "2026-01-16T12:59:59.999999Z", "none"},
      {"13:00:00", "Europe/London", 13h, 15h, "2026-01-16T13:00:00Z", nap},
      {"14:59:59.999999", "Europe/London", 13h, 15h, "2026-01-16T14:59:59.999999Z", nap},
      {"15:00:00", "Europe/London", 13h, 15h, "2026-01-16T15:00:00Z", "none"},
      {"night", "Europe/London", 13h, 15h, "2026-01-16T01:00:00Z", "none"},
  });
}

TEST(QuietInterval, HasMicrosecondBoundariesAndAnyOffset) {
  const std::string_view night = "2026-01-16T15:45:00.000000Z to 2026-01-17T01:30:00.000000Z";
  const std::string_view precise = "2026-01-16T21:30:15.000001Z to 2026-01-17T07:15:00.999999Z";
  const TimeOfDay start = 21h + 30min + 15s + 1us;
  const TimeOfDay end = 7h + 15min + 999'999us;
  expect_all({
      {"21:29", "Asia/Kathmandu", 21h + 30min, 7h + 15min, "2026-01-16T15:44:00Z", "none"},
      {"21:30", "Asia/Kathmandu", 21h + 30min, 7h + 15min, "2026-01-16T15:45:00Z", night},
      {"07:14", "Asia/Kathmandu", 21h + 30min, 7h + 15min, "2026-01-17T01:29:00Z", night},
      {"07:15", "Asia/Kathmandu", 21h + 30min, 7h + 15min, "2026-01-17T01:30:00Z", "none"},
      {"before", "UTC", start, end, "2026-01-16T21:30:15Z", "none"},
      {"from", "UTC", start, end, "2026-01-16T21:30:15.000001Z", precise},
      {"until", "UTC", start, end, "2026-01-17T07:15:00.999998Z", precise},
      {"after", "UTC", start, end, "2026-01-17T07:15:00.999999Z", "none"},
  });
}

TEST(QuietInterval, MayTouchMidnight) {
  const std::string_view evening = "2026-01-16T22:00:00.000000Z to 2026-01-17T00:00:00.000000Z";
  const std::string_view morning = "2026-01-17T00:00:00.000000Z to 2026-01-17T08:00:00.000000Z";
  expect_all({
      {"to 24:00", "UTC", 22h, 24h, "2026-01-16T23:59:59.999999Z", evening},
      {"to 24:00", "UTC", 22h, 24h, "2026-01-17T00:00:00Z", "none"},
      {"to 00:00", "UTC", 22h, 0h, "2026-01-16T23:59:59.999999Z", evening},
      {"to 00:00", "UTC", 22h, 0h, "2026-01-17T00:00:00Z", "none"},
      {"from 00:00", "UTC", 0h, 8h, "2026-01-17T00:00:00Z", morning},
      {"from 24:00", "UTC", 24h, 8h, "2026-01-17T00:00:00Z", morning},
      {"from 24:00", "UTC", 24h, 8h, "2026-01-16T23:59:59.999999Z", "none"},
      {"from 24:00 to 00:00", "UTC", 24h, 0h, "2026-01-17T00:00:00Z", "none"},
  });
}

TEST(QuietInterval, DoesNotExistIfEmptyOrDisabled) {
  expect_all({
      {"22:00 to 22:00", "UTC", 22h, 22h, "2026-01-16T22:00:00Z", "none"},
      {"00:00 to 00:00", "UTC", 0h, 0h, "2026-01-16T00:00:00Z", "none"},
      {"24:00 to 24:00", "UTC", 24h, 24h, "2026-01-16T00:00:00Z", "none"},
  });
  EXPECT_FALSE(quiet_interval(at("2026-01-16T23:00:00Z"), {.enabled = false}, zone("UTC")));
}

TEST(QuietInterval, OfTheWholeDayIsMergedForEightDaysEachWay) {
  const Instant now = at("2026-01-16T12:00:00Z");
  const auto quiet = quiet_interval(now, {.enabled = true, .start = 0h, .end = 24h}, zone("UTC"));
  EXPECT_EQ(text_of(quiet), "2026-01-08T00:00:00.000000Z to 2026-01-25T00:00:00.000000Z");
}

// 2025-03-09, 02:00 to 03:00 does not exist: 07:00Z. 2025-11-02, 01:00 to 02:00 happens twice, from 05:00Z
// and from 06:00Z.
TEST(QuietInterval, AcrossClockChangesInNewYork) {
  expect_all({
      {"a night an hour short", "America/New_York", 22h, 8h, "2025-03-09T11:59:59Z",
       "2025-03-09T03:00:00.000000Z to 2025-03-09T12:00:00.000000Z"},
      {"end in the gap", "America/New_York", 22h, 2h + 30min, "2025-03-09T06:59:59.999999Z",
       "2025-03-09T03:00:00.000000Z to 2025-03-09T07:00:00.000000Z"},
      {"after the end in the gap", "America/New_York", 22h, 2h + 30min, "2025-03-09T07:00:00Z", "none"},
      {"before the start in the gap", "America/New_York", 2h + 30min, 8h, "2025-03-09T06:59:59.999999Z",
       "none"},
      {"start in the gap", "America/New_York", 2h + 30min, 8h, "2025-03-09T07:00:00Z",
       "2025-03-09T07:00:00.000000Z to 2025-03-09T12:00:00.000000Z"},
      {"start at the gap", "America/New_York", 2h, 8h, "2025-03-09T07:00:00Z",
       "2025-03-09T07:00:00.000000Z to 2025-03-09T12:00:00.000000Z"},
      {"end where the gap ends", "America/New_York", 1h, 3h, "2025-03-09T06:00:00Z",
       "2025-03-09T06:00:00.000000Z to 2025-03-09T07:00:00.000000Z"},
      {"all of it in the gap", "America/New_York", 2h + 15min, 2h + 45min, "2025-03-09T07:00:00Z", "none"},
      {"all but the gap", "America/New_York", 2h + 45min, 2h + 15min, "2025-03-09T07:00:00Z",
       "2025-03-08T07:45:00.000000Z to 2025-03-10T06:15:00.000000Z"},
      {"a night an hour long", "America/New_York", 22h, 8h, "2025-11-02T12:59:59Z",
       "2025-11-02T02:00:00.000000Z to 2025-11-02T13:00:00.000000Z"},
      {"end in the overlap", "America/New_York", 22h, 1h + 30min, "2025-11-02T06:29:59.999999Z",
       "2025-11-02T02:00:00.000000Z to 2025-11-02T06:30:00.000000Z"},
      {"after the end in the overlap", "America/New_York", 22h, 1h + 30min, "2025-11-02T06:30:00Z", "none"},
      {"start in the overlap", "America/New_York", 1h + 30min, 8h, "2025-11-02T05:30:00Z",
       "2025-11-02T05:30:00.000000Z to 2025-11-02T13:00:00.000000Z"},
      {"start in the overlap, second occurrence", "America/New_York", 1h + 30min, 8h, "2025-11-02T06:15:00Z",
       "2025-11-02T05:30:00.000000Z to 2025-11-02T13:00:00.000000Z"},
      {"all of it in the overlap", "America/New_York", 1h + 30min, 1h + 45min, "2025-11-02T06:00:00Z",
       "2025-11-02T05:30:00.000000Z to 2025-11-02T06:45:00.000000Z"},
      {"end as the overlap begins", "America/New_York", 22h, 1h, "2025-11-02T05:30:00Z",
       "2025-11-02T02:00:00.000000Z to 2025-11-02T06:00:00.000000Z"},
      {"end as the overlap ends", "America/New_York", 22h, 2h, "2025-11-02T06:30:00Z",
       "2025-11-02T02:00:00.000000Z to 2025-11-02T07:00:00.000000Z"},
  });
}

TEST(QuietInterval, AcrossClockChangesElsewhere) {
  expect_all({
      {"end in the gap", "Europe/London", 22h, 1h + 30min, "2025-03-30T00:59:59Z",
       "2025-03-29T22:00:00.000000Z to 2025-03-30T01:00:00.000000Z"},
      {"end in the overlap", "Europe/London", 22h, 1h + 30min, "2025-10-26T01:29:59Z",
       "2025-10-25T21:00:00.000000Z to 2025-10-26T01:30:00.000000Z"},
      {"start in the overlap", "Europe/London", 1h + 30min, 8h, "2025-10-26T00:30:00Z",
       "2025-10-26T00:30:00.000000Z to 2025-10-26T08:00:00.000000Z"},
      {"end in a gap of 30 min", "Australia/Lord_Howe", 22h, 2h + 15min, "2025-10-04T15:29:59Z",
       "2025-10-04T11:30:00.000000Z to 2025-10-04T15:30:00.000000Z"},
      {"start in a gap of 30 min", "Australia/Lord_Howe", 2h + 15min, 8h, "2025-10-04T15:30:00Z",
       "2025-10-04T15:30:00.000000Z to 2025-10-04T21:00:00.000000Z"},
      {"end in an overlap of 30 min", "Australia/Lord_Howe", 22h, 1h + 45min, "2025-04-05T15:14:59Z",
       "2025-04-05T11:00:00.000000Z to 2025-04-05T15:15:00.000000Z"},
      {"start in an overlap of 30 min", "Australia/Lord_Howe", 1h + 45min, 8h, "2025-04-05T14:45:00Z",
       "2025-04-05T14:45:00.000000Z to 2025-04-05T21:30:00.000000Z"},
      {"midnight does not exist, start", "America/Sao_Paulo", 0h, 8h, "2018-11-04T03:00:00Z",
       "2018-11-04T03:00:00.000000Z to 2018-11-04T10:00:00.000000Z"},
      {"midnight does not exist, end 24:00", "America/Sao_Paulo", 22h, 24h, "2018-11-04T02:59:59Z",
       "2018-11-04T01:00:00.000000Z to 2018-11-04T03:00:00.000000Z"},
      {"midnight does not exist, end 00:30", "America/Sao_Paulo", 22h, 30min, "2018-11-04T02:59:59Z",
       "2018-11-04T01:00:00.000000Z to 2018-11-04T03:00:00.000000Z"},
      {"23:00 happens twice, start", "America/Sao_Paulo", 23h + 30min, 8h, "2018-02-18T01:30:00Z",
       "2018-02-18T01:30:00.000000Z to 2018-02-18T11:00:00.000000Z"},
      {"23:00 happens twice, start, second occurrence", "America/Sao_Paulo", 23h + 30min, 8h,
       "2018-02-18T02:00:00Z", "2018-02-18T01:30:00.000000Z to 2018-02-18T11:00:00.000000Z"},
      {"23:00 happens twice, end", "America/Sao_Paulo", 20h, 23h + 30min, "2018-02-18T02:29:59Z",
       "2018-02-17T22:00:00.000000Z to 2018-02-18T02:30:00.000000Z"},
      {"Ramadan begins, end in the overlap", "Africa/Casablanca", 22h, 2h + 30min, "2025-02-23T02:29:59Z",
       "2025-02-22T21:00:00.000000Z to 2025-02-23T02:30:00.000000Z"},
      {"Ramadan ends, end in the gap", "Africa/Casablanca", 22h, 2h + 30min, "2025-04-06T01:59:59Z",
       "2025-04-05T22:00:00.000000Z to 2025-04-06T02:00:00.000000Z"},
      {"Ramadan", "Africa/Casablanca", 22h, 8h, "2025-03-10T07:59:59Z",
       "2025-03-09T22:00:00.000000Z to 2025-03-10T08:00:00.000000Z"},
  });
}

// At 02:31Z clocks are set back from 00:01 to 23:01 of the previous day: the new date begins, ends after a
// minute and begins again.
TEST(QuietInterval, WhereADateBeginsTwice) {
  expect_all({
      {"start at midnight, previous date again", "America/St_Johns", 0h, 8h, "2010-11-07T03:00:00Z",
       "2010-11-07T02:30:00.000000Z to 2010-11-07T11:30:00.000000Z"},
      {"end late on the day before", "America/St_Johns", 23h + 55min, 23h + 50min, "2010-11-07T02:30:30Z",
       "2010-11-06T02:25:00.000000Z to 2010-11-08T03:20:00.000000Z"},
      {"end at 24:00, next date for a minute", "America/St_Johns", 22h, 24h, "2010-11-07T02:30:30Z",
       "2010-11-07T00:30:00.000000Z to 2010-11-07T03:30:00.000000Z"},
  });
}

// Samoa had no 30 December 2011: from the 29th, 24:00 (-10), to the 31st, 00:00 (+14), at 10:00Z.
TEST(QuietInterval, WhereADayIsSkipped) {
  const std::string_view night = "2011-12-30T08:00:00.000000Z to 2011-12-30T18:00:00.000000Z";
  expect_all({
      {"evening of the 29th", "Pacific/Apia", 22h, 8h, "2011-12-30T08:00:00Z", night},
      {"morning of the 31st", "Pacific/Apia", 22h, 8h, "2011-12-30T10:00:00Z", night},
      {"end of it", "Pacific/Apia", 22h, 8h, "2011-12-30T17:59:59.999999Z", night},
      {"after it", "Pacific/Apia", 22h, 8h, "2011-12-30T18:00:00Z", "none"},
      {"no nap on the 30th", "Pacific/Apia", 13h, 15h, "2011-12-30T10:00:00Z", "none"},
      {"nap on the 31st", "Pacific/Apia", 13h, 15h, "2011-12-30T23:00:00Z",
       "2011-12-30T23:00:00.000000Z to 2011-12-31T01:00:00.000000Z"},
      {"until 24:00 on the 29th", "Pacific/Apia", 20h, 24h, "2011-12-30T09:59:59Z",
       "2011-12-30T06:00:00.000000Z to 2011-12-30T10:00:00.000000Z"},
      {"from 00:00 on the 31st", "Pacific/Apia", 0h, 8h, "2011-12-30T10:00:00Z",
       "2011-12-30T10:00:00.000000Z to 2011-12-30T18:00:00.000000Z"},
  });
}

}  // namespace
}  // namespace orchestrator::policy::quiet_interval_test
