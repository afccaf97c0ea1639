// When a contact's next turn may be taken, as the database's function says.
#include <gtest/gtest.h>

#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

struct Situation {
  const char* what;
  int waiting;
  const char* oldest_age;
  const char* newest_age;
  const char* fourth_latest_age;  // "": fewer arrivals
  const char* expected_delay;
};

constexpr Situation kSituations[] = {
    {"a single message does not wait", 1, "0 s", "0 s", "", "0 s"},
    {"the fourth message in a minute waits for silence", 1, "0 s", "0 s", "59 s", "2 s"},
    {"exactly a minute ago is outside the window", 1, "0 s", "0 s", "60 s", "0 s"},
    {"silence begins with the newest message", 2, "1 s", "500 ms", "5 s", "1500 ms"},
    {"the oldest message waits ten seconds at most", 3, "9500 ms", "0 s", "12 s", "500 ms"},
    {"the ten seconds have passed", 3, "11 s", "0 s", "12 s", "0 s"},
    {"the silence has passed", 2, "5 s", "3 s", "6 s", "0 s"},
    {"a full turn does not wait", 5, "1 s", "0 s", "1 s", "0 s"},
    {"more than a full turn does not wait", 20, "1 s", "0 s", "1 s", "0 s"},
    {"an arrival that was stamped by a clock that is ahead", 1, "-1 s", "-1 s", "1 s", "3 s"},
};

TEST(NextTurnAt, FollowsThePauseOfABurst) {
  const support::TestDatabase database;
  support::Sql sql(database.url());
  const auto ago = [](const std::string& age) { return "at - interval '" + age + "'"; };
  for (const Situation& situation : kSituations) {
    const std::string fourth = situation.fourth_latest_age;
    const std::string recent =
        fourth.empty() ? "ARRAY[at, at, at]" : "ARRAY[" + ago(fourth) + ", at, at, at]";
    EXPECT_EQ(sql.value("SELECT next_turn_at(at, " + std::to_string(situation.waiting) + ", " +
                        ago(situation.oldest_age) + ", " + ago(situation.newest_age) + ", " + recent +
                        ", 5) - at = interval '" + situation.expected_delay +
                        "' FROM (VALUES (timestamptz '2026-11-20 12:00Z')) AS now (at)"),
              "t")
        << situation.what;
  }
  EXPECT_EQ(sql.value("SELECT next_turn_at(now(), 0, NULL, NULL, ARRAY[now(), now(), now(), now()], 5)"), "")
      << "nothing waits";
  EXPECT_NE(sql.value("SELECT next_turn_at(now(), 1, now(), now(), '{}', 5)"), "") << "no arrival is known";
}

}  // namespace
}  // namespace orchestrator::storage
