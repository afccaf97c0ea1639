#include "orchestrator/clock.hpp"

#include <algorithm>

namespace orchestrator {
namespace {

// Further back than this is no error of measurement.
constexpr Duration kLargestHold = std::chrono::seconds{1};

constexpr Duration kServes = std::chrono::seconds{2};

Duration wall_time() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()).time_since_epoch();
}

Duration since_start(DatabaseClock::Monotonic time) {
  return std::chrono::duration_cast<Duration>(time.time_since_epoch());
}

}  // namespace

DatabaseClock::DatabaseClock() : told_us_(0) {
  offset_us_ = (wall_time() - since_start(std::chrono::steady_clock::now())).count();
}

Instant DatabaseClock::now() const {
  const auto us = since_start(std::chrono::steady_clock::now()).count() + offset_us_.load();
  auto told = told_us_.load();
  while (told < us && !told_us_.compare_exchange_weak(told, us)) {
  }
  return Instant{Duration{std::max(told, us)}};
}

void DatabaseClock::measured(Instant database_now, Monotonic asked, Monotonic answered) {
  const auto database_us = database_now.time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  const auto before = offset_us_.load();
  const auto proven = std::clamp(before, database_us - since_start(answered).count(),
                                 database_us - since_start(asked).count());
  offset_us_ = proven;
  if (before - proven > kLargestHold.count()) told_us_ = 0;
  measured_us_ = wall_time().count();
}

bool DatabaseClock::is_fresh() const {
  return std::chrono::abs(wall_time() - Duration{measured_us_.load()}) <= kServes;
}

}  // namespace orchestrator
