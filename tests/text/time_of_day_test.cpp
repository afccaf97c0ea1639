#include "text/time_of_day.hpp"

#include <gtest/gtest.h>

namespace orchestrator::text {
namespace {

using namespace std::chrono_literals;

TEST(TimeOfDay, ReadsHoursMinutesAndSeconds) {
  EXPECT_EQ(parse_time_of_day("00:00"), 0h);
  EXPECT_EQ(parse_time_of_day("08:05"), 8h + 5min);
  EXPECT_EQ(parse_time_of_day("23:59:59"), 24h - 1s);
  EXPECT_EQ(parse_time_of_day("24:00"), 24h) << "the end of the day";
  EXPECT_EQ(parse_time_of_day("24:00:00"), 24h);
}

TEST(TimeOfDay, RejectsEverythingElse) {
  for (const char* text :
       {"", "8:05", "08:5", "0805", "08.05", "24:01", "24:00:01", "25:00", "08:60", "08:00:60",
        "08:05:", "08:05:0", " 08:05", "08:05 ", "-8:05", "+8:05", "08:05:00.5", "08:05Z", "ab:cd"}) {
    EXPECT_FALSE(parse_time_of_day(text)) << text;
  }
}

TEST(TimeOfDay, WritesSecondsOnlyWhenThereAreAny) {
  EXPECT_EQ(format_time_of_day(0h), "00:00");
  EXPECT_EQ(format_time_of_day(8h + 5min), "08:05");
  EXPECT_EQ(format_time_of_day(23h + 59min + 7s), "23:59:07");
  EXPECT_EQ(format_time_of_day(24h), "24:00");
  EXPECT_EQ(format_time_of_day(8h + 999ms), "08:00");
}

}  // namespace
}  // namespace orchestrator::text
