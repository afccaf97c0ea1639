#include "policy/time_zone.hpp"

#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy::time_zone_test {
namespace {

using namespace situations;

TEST(TimeZone, AcceptsNamesAndLinksOfTheDatabase) {
  for (const std::string_view name :
       {"America/New_York", "US/Eastern", "Asia/Kathmandu", "Asia/Katmandu", "Europe/Kyiv", "Europe/Kiev",
        "America/Argentina/Buenos_Aires", "UTC", "Etc/UTC", "Etc/GMT+12", "Pacific/Kiritimati", "GB"}) {
    EXPECT_TRUE(is_timezone(name)) << name;
  }
}

TEST(TimeZone, RejectsAnythingElse) {
  for (const std::string_view name : {"",
                                      " ",
                                      "Nowhere/Land",
                                      "america/new_york",
                                      "AMERICA/NEW_YORK",
                                      "America/New York",
                                      "America",
                                      "America/",
                                      "/America/New_York",
                                      "/usr/share/zoneinfo/UTC",
                                      "../etc/passwd",
                                      "/etc/passwd",
                                      "..",
                                      "America/../UTC",
                                      "posixrules",
                                      "localtime",
                                      "Factory",
                                      "posix/UTC",
                                      "right/UTC",
                                      "zone.tab",
                                      "zone1970.tab",
                                      "iso3166.tab",
                                      "tzdata.zi",
                                      "leapseconds",
                                      "leap-seconds.list",
                                      "EST5EDT4",
                                      "+05:00",
                                      "UTC+1",
                                      " UTC",
                                      "UTC ",
                                      "UTC\n"}) {
    EXPECT_FALSE(is_timezone(name)) << name;
  }
  EXPECT_FALSE(is_timezone(std::string_view("UTC\0", 4)));
  EXPECT_FALSE(is_timezone(std::string(1'000'000, 'a')));
}

TEST(TimeZone, FallsBackForAnUnusableName) {
  EXPECT_FALSE(zone_or_default("Asia/Tokyo", "America/New_York").is_fallback);
  const Zone fallback = zone_or_default("Asia/Tokio", "America/New_York");
  EXPECT_TRUE(fallback.is_fallback);
  EXPECT_EQ(fallback.zone, zone("America/New_York").zone);
  EXPECT_THROW(zone_or_default("Asia/Tokio", "New York"), std::runtime_error);
}

TEST(TimeZone, HasAVersion) {
  const std::string version = timezone_database_version();
  ASSERT_GE(version.size(), 5U) << version;  // e.g. 2025b
  EXPECT_EQ(version.substr(0, 2), "20");
}

// With a database compiled without future transitions, every summer would be an hour off.
TEST(TimeZone, KnowsFutureTransitions) {
  for (const int year : {2026, 2030, 2037}) {
    const auto july = Instant{std::chrono::sys_days{std::chrono::year{year} / 7 / 1}};
    const auto january = Instant{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}};
    EXPECT_EQ(wall_clock(july, zone("America/New_York")).time_since_epoch() - july.time_since_epoch(), -4h);
    EXPECT_EQ(wall_clock(january, zone("America/New_York")).time_since_epoch() - january.time_since_epoch(),
              -5h);
  }
}

TEST(TimeZone, HasItsOwnDate) {
  struct Situation {
    std::string_view zone;
    std::string_view instant;
    LocalDate date;
  };
  const Situation situations[] = {
      {"UTC", "2025-06-01T23:59:59.999999Z", date(2025, 6, 1)},
      {"UTC", "2025-06-02T00:00:00Z", date(2025, 6, 2)},
      {"America/New_York", "2025-06-02T03:59:59.999999Z", date(2025, 6, 1)},
      {"America/New_York", "2025-06-02T04:00:00Z", date(2025, 6, 2)},
      {"Asia/Kathmandu", "2025-06-01T18:14:59.999999Z", date(2025, 6, 1)},
      {"Asia/Kathmandu", "2025-06-01T18:15:00Z", date(2025, 6, 2)},
      {"Pacific/Kiritimati", "2025-06-01T10:00:00Z", date(2025, 6, 2)},
      {"Etc/GMT+12", "2025-06-01T11:59:59Z", date(2025, 5, 31)},
      {"Pacific/Apia", "2011-12-30T09:59:59.999999Z", date(2011, 12, 29)},
      {"Pacific/Apia", "2011-12-30T10:00:00Z", date(2011, 12, 31)},
  };
  for (const Situation& s : situations) {
    EXPECT_EQ(local_date(at(s.instant), zone(s.zone)), s.date) << s.zone << " " << s.instant;
  }
}

TEST(TimeZone, EndsADateWhenTheNextOneBegins) {
  struct Situation {
    std::string_view what;
    std::string_view zone;
    LocalDate date;
    std::string_view instant;
    std::string_view end;
  };
  const Situation situations[] = {
      {"west of UTC", "America/New_York", date(2025, 1, 15), "2025-01-16T00:00:00Z",
       "2025-01-16T05:00:00.000000Z"},
      {"east of UTC", "Asia/Kathmandu", date(2025, 1, 16), "2025-01-16T00:00:00Z",
       "2025-01-16T18:15:00.000000Z"},
      {"midnight does not exist", "America/Sao_Paulo", date(2018, 11, 3), "2018-11-03T12:00:00Z",
       "2018-11-04T03:00:00.000000Z"},
      {"midnight does not exist", "Asia/Beirut", date(2025, 3, 29), "2025-03-29T12:00:00Z",
       "2025-03-29T22:00:00.000000Z"},
      {"the last hour is repeated", "America/Sao_Paulo", date(2018, 2, 17), "2018-02-18T01:30:00Z",
       "2018-02-18T03:00:00.000000Z"},
      {"the last hour is repeated", "Asia/Beirut", date(2025, 10, 25), "2025-10-25T20:30:00Z",
       "2025-10-25T22:00:00.000000Z"},
      {"midnight occurs twice", "America/Havana", date(2025, 11, 1), "2025-11-01T12:00:00Z",
       "2025-11-02T04:00:00.000000Z"},
      {"the next day is skipped", "Pacific/Apia", date(2011, 12, 29), "2011-12-29T12:00:00Z",
       "2011-12-30T10:00:00.000000Z"},
      {"clocks set back at 00:01", "America/St_Johns", date(2010, 11, 6), "2010-11-07T02:00:00Z",
       "2010-11-07T02:30:00.000000Z"},
      {"clocks set back at 00:01, after that", "America/St_Johns", date(2010, 11, 6), "2010-11-07T03:00:00Z",
       "2010-11-07T03:30:00.000000Z"},
  };
  for (const Situation& s : situations) {
    const Zone local = zone(s.zone);
    const Instant end = end_of_date(s.date, at(s.instant), local);
    EXPECT_EQ(format_instant(end), s.end) << s.what << ", " << s.zone;
    EXPECT_GT(local_date(end, local), s.date) << s.what << ", " << s.zone;
    EXPECT_EQ(local_date(end - 1us, local), s.date) << s.what << ", " << s.zone;
  }
}

}  // namespace
}  // namespace orchestrator::policy::time_zone_test
