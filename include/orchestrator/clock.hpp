// The program's sources of time. Decisions take an Instant as an argument; a request or a pass reads a Clock
// once, at its start.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

#include "orchestrator/instant.hpp"

namespace orchestrator {

// Safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

// Like steady_clock, but also advances while the machine is suspended (CLOCK_BOOTTIME).
struct BootClock {
  // NOLINTBEGIN(readability-identifier-naming): the standard's names for the members of a clock
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  // NOLINTEND(readability-identifier-naming)
  static time_point now() noexcept;
};

// The database's time, extrapolated between synchronisations with this machine's monotonic clock, so that all
// instances agree whatever their own wall clocks show. now() never steps back, because messages scheduled in
// sequence must keep their order. The exception: if a synchronisation shows that the database's clock was set
// back by more than a second, now() follows it. Safe for concurrent use.
class DatabaseClock final : public Clock {
 public:
  using Monotonic = BootClock::time_point;

  // Until the first synchronisation, this machine's wall clock.
  DatabaseClock();

  Instant now() const override;

  // The database read its clock, which showed `database_now`, at some time between `sent_at` and
  // `received_at`. The offset is corrected only as far as this interval proves it wrong, so a slow response
  // does no harm.
  void synchronize(Instant database_now, Monotonic sent_at, Monotonic received_at);

 private:
  std::mutex mutex_;                              // serialises synchronize()
  std::atomic<Duration::rep> offset_us_;          // database time minus the monotonic clock, microseconds
  mutable std::atomic<Duration::rep> latest_us_;  // the latest result of now(), microseconds since the epoch
};

}  // namespace orchestrator
