// DatabaseClock follows the database's clock, and does not step back without need.
#include "orchestrator/clock.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

const Instant kNoon = parse_instant("2026-11-20T12:00:00Z").value();
constexpr Duration kSlack = 5s;  // the machine may be busy between two statements of a test

// As if a request to the database, sent `age` ago, returned `database_now` after `round_trip`.
void synchronize(DatabaseClock& clock, Instant database_now, Duration age = 0us, Duration round_trip = 0us) {
  const auto sent_at = BootClock::now() - age;
  clock.synchronize(database_now, sent_at, sent_at + round_trip);
}

void expect_near(Instant actual, Instant expected) {
  EXPECT_GE(actual, expected) << format_instant(actual);
  EXPECT_LT(actual, expected + kSlack) << format_instant(actual);
}

TEST(DatabaseClock, IsTheWallClockUntilTheFirstSynchronization) {
  const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  expect_near(DatabaseClock().now(), wall - 1ms);
}

TEST(DatabaseClock, FollowsTheDatabaseForwardsAndFarBackwards) {
  DatabaseClock clock;
  for (const Instant database_now : {kNoon, kNoon + 1h, kNoon - 24h, kNoon + std::chrono::years{1}}) {
    clock.now();
    synchronize(clock, database_now);
    expect_near(clock.now(), database_now);
  }
}

TEST(DatabaseClock, CountsFromTheInstantOfTheMeasurement) {
  DatabaseClock clock;
  synchronize(clock, kNoon, 1h);
  expect_near(clock.now(), kNoon + 1h);
}

TEST(DatabaseClock, DoesNotStepBackByLessThanASecond) {
  DatabaseClock clock;
  synchronize(clock, kNoon);
  const Instant before = clock.now();
  synchronize(clock, kNoon - 900ms);
  EXPECT_GE(clock.now(), before);
  EXPECT_LT(clock.now(), before + kSlack);
}

TEST(DatabaseClock, IgnoresASlowResponseThatProvesNoError) {
  DatabaseClock clock;
  synchronize(clock, kNoon);
  synchronize(clock, kNoon + 30min, 0us, 1h);
  expect_near(clock.now(), kNoon);
  synchronize(clock, kNoon, 0us, 1h);
  expect_near(clock.now(), kNoon);
}

TEST(DatabaseClock, MovesOnlyAsFarAsASlowResponseProves) {
  DatabaseClock clock;
  synchronize(clock, kNoon);
  synchronize(clock, kNoon + 3h, 0us, 1h);
  expect_near(clock.now(), kNoon + 2h);
}

}  // namespace
}  // namespace orchestrator
