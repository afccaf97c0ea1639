// Where time enters the program. Everything that decides takes an Instant; only the composition of a
// request or a pass asks a Clock, once.
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

// As steady_clock, but goes on while the machine sleeps.
struct BootClock {
  // NOLINTBEGIN(readability-identifier-naming): so the standard names what a clock has
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  // NOLINTEND(readability-identifier-naming)
  static time_point now() noexcept;
};

// The database's time, carried on between measurements by this machine's monotonic clock, so that all
// instances agree whatever their own wall clocks say. It does not step back, or messages that came one after
// the other would be queued the other way round; but when the database's clock itself was set back by more
// than a second, it follows. Safe for concurrent use.
class DatabaseClock final : public Clock {
 public:
  using Monotonic = BootClock::time_point;

  // Until the first measurement, this machine's wall clock.
  DatabaseClock();

  Instant now() const override;

  // The database read its clock at some time between `asked` and `answered`. As little as that proves is
  // corrected, so that slow answers do no harm.
  void measured(Instant database_now, Monotonic asked, Monotonic answered);

 private:
  std::mutex mutex_;                            // one measurement at a time
  std::atomic<Duration::rep> offset_us_;        // database time minus the monotonic clock, microseconds
  mutable std::atomic<Duration::rep> told_us_;  // the latest instant that now() has told
};

}  // namespace orchestrator
