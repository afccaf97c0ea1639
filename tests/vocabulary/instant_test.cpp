#include "orchestrator/instant.hpp"

#include <gtest/gtest.h>

#include <random>

namespace orchestrator {
namespace {

using namespace std::chrono;

TEST(Instant, IsFormattedWithSixDigitsInUtc) {
  EXPECT_EQ(format_instant(Instant{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_instant(sys_days{2026y / November / 20} + 18h + 24min + 5s + 123456us),
            "2026-11-20T18:24:05.123456Z");
  EXPECT_EQ(format_instant(sys_days{10000y / January / 1} - 1us), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_instant(Instant{} - 1us), "1969-12-31T23:59:59.999999Z");
}

TEST(Instant, FormatsYearsOfMoreThanFourDigitsInFull) {
  EXPECT_EQ(format_instant(sys_days{12345y / June / 7}), "12345-06-07T00:00:00.000000Z");
}

TEST(Instant, IsParsedFromRfc3339) {
  struct Situation {
    std::string_view text;
    std::string_view utc;
  };
  const Situation situations[] = {
      {"2026-11-20T18:24:05Z", "2026-11-20T18:24:05.000000Z"},
      {"2026-11-20T18:24:05.1Z", "2026-11-20T18:24:05.100000Z"},
      {"2026-11-20T18:24:05.000001Z", "2026-11-20T18:24:05.000001Z"},
      {"2026-11-20t18:24:05.123456z", "2026-11-20T18:24:05.123456Z"},
      {"2026-11-20T18:24:05+00:00", "2026-11-20T18:24:05.000000Z"},
      {"2026-11-20T18:24:05-00:00", "2026-11-20T18:24:05.000000Z"},
      {"2026-11-20T18:24:05+05:45", "2026-11-20T12:39:05.000000Z"},
      {"2026-11-20T18:24:05-05:00", "2026-11-20T23:24:05.000000Z"},
      {"2026-11-20T18:24:05.999999+23:59", "2026-11-19T18:25:05.999999Z"},
      {"2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
      {"1969-12-31T23:30:00-01:00", "1970-01-01T00:30:00.000000Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
  };
  for (const Situation& situation : situations) {
    const auto instant = parse_instant(situation.text);
    ASSERT_TRUE(instant) << situation.text;
    EXPECT_EQ(format_instant(*instant), situation.utc) << situation.text;
  }
}

TEST(Instant, RejectsAnythingElse) {
  const std::string_view texts[] = {
      "",
      "2026",
      "2026-11-20",
      "2026-11-20T18:24Z",
      "2026-11-20T18:24:05",   // no offset
      "2026-11-20 18:24:05Z",  // no T
      "2026-11-20T18:24:05 Z",
      " 2026-11-20T18:24:05Z",
      "2026-11-20T18:24:05Z ",
      "2026-11-20T18:24:05.Z",
      "2026-11-20T18:24:05.1234567Z",  // finer than microseconds
      "2026-11-20T18:24:05,5Z",
      "2026-11-20T18:24:05+0530",
      "2026-11-20T18:24:05+05",
      "2026-11-20T18:24:05+5:30",
      "2026-11-20T18:24:05+24:00",
      "2026-11-20T18:24:05+05:60",
      "2026-11-20T18:24:05Z+00:00",
      "2026-11-20T18:24:05EST",
      "2026-11-20T24:00:00Z",
      "2026-11-20T18:60:00Z",
      "2026-11-20T23:59:60Z",  // a leap second
      "2026-02-30T00:00:00Z",
      "2026-02-29T00:00:00Z",  // not a leap year
      "1900-02-29T00:00:00Z",
      "2026-00-10T00:00:00Z",
      "2026-13-10T00:00:00Z",
      "2026-11-00T00:00:00Z",
      "2026-11-31T00:00:00Z",
      "26-11-20T18:24:05Z",
      "+2026-11-20T18:24:05Z",
      "-026-11-20T18:24:05Z",
      "2026-+1-20T18:24:05Z",
      "2026-11-20T-8:24:05Z",
      "20261120T182405Z",
      "1969-12-31T23:59:59.999999Z",
      "1970-01-01T00:30:00+01:00",  // still 1969 in UTC
      "9999-12-31T23:59:59-00:01",  // already 10000 in UTC
      "10000-01-01T00:00:00Z",
      "1700000000",
      "now",
      "infinity",
      "２026-11-20T18:24:05Z",  // a full-width digit
  };
  for (const std::string_view text : texts) EXPECT_FALSE(parse_instant(text)) << text;
  EXPECT_FALSE(parse_instant(std::string_view("2026-11-20T18:24:05Z\0", 21)));
}

TEST(Instant, RoundTripsAndSortsAsText) {
  std::mt19937_64 random(20261120);
  const auto end = Instant{sys_days{10000y / January / 1}}.time_since_epoch().count();
  std::uniform_int_distribution<Duration::rep> any(0, end - 1);
  for (int i = 0; i < 20'000; ++i) {
    const Instant a{Duration{any(random)}};
    const Instant b{Duration{any(random)}};
    ASSERT_EQ(parse_instant(format_instant(a)), a);
    ASSERT_EQ(format_instant(a) < format_instant(b), a < b);
  }
}

}  // namespace
}  // namespace orchestrator
