#include "orchestrator/clock.hpp"

#include <algorithm>
#include <ctime>

namespace orchestrator {
namespace {

// A larger step back is no measurement error: the database's clock was set back.
constexpr Duration kMaxStepAbsorbed = std::chrono::seconds{1};

Duration since_boot(DatabaseClock::Monotonic time) {
  return std::chrono::duration_cast<Duration>(time.time_since_epoch());
}

}  // namespace

BootClock::time_point BootClock::now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time_point{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

DatabaseClock::DatabaseClock() : latest_us_(0) {
  const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  offset_us_ = (wall.time_since_epoch() - since_boot(BootClock::now())).count();
}

Instant DatabaseClock::now() const {
  const auto us = since_boot(BootClock::now()).count() + offset_us_.load();
  auto latest = latest_us_.load();
  while (latest < us && !latest_us_.compare_exchange_weak(latest, us)) {
  }
  return Instant{Duration{std::max(latest, us)}};
}

void DatabaseClock::synchronize(Instant database_now, Monotonic sent_at, Monotonic received_at) {
  const auto database_us = database_now.time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  const auto before = offset_us_.load();
  const auto proven = std::clamp(before, database_us - since_boot(received_at).count(),
                                 database_us - since_boot(sent_at).count());
  offset_us_ = proven;
  if (before - proven > kMaxStepAbsorbed.count()) latest_us_ = 0;
}

}  // namespace orchestrator
