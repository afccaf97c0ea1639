#include "orchestrator/clock.hpp"

#include <algorithm>
#include <ctime>

namespace orchestrator {
namespace {

// Further back than this is no error of measurement.
constexpr Duration kLargestHold = std::chrono::seconds{1};

Duration since_start(DatabaseClock::Monotonic time) {
  return std::chrono::duration_cast<Duration>(time.time_since_epoch());
}

}  // namespace

BootClock::time_point BootClock::now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time_point{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

DatabaseClock::DatabaseClock() : told_us_(0) {
  const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  offset_us_ = (wall.time_since_epoch() - since_start(BootClock::now())).count();
}

Instant DatabaseClock::now() const {
  const auto us = since_start(BootClock::now()).count() + offset_us_.load();
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
}

}  // namespace orchestrator
