#include "orchestrator/clock.hpp"

#include <chrono>

namespace orchestrator {
namespace {

Duration monotonic() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

DatabaseClock::DatabaseClock() {
  const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  measured(wall, Duration::zero());
}

Instant DatabaseClock::now() const { return Instant{monotonic() + Duration{offset_us_.load()}}; }

void DatabaseClock::measured(Instant database_now, Duration round_trip) {
  offset_us_ = (database_now.time_since_epoch() + round_trip / 2 - monotonic()).count();
}

}  // namespace orchestrator
