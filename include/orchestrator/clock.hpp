// Where time enters the program. Everything that decides takes an Instant; only the composition of a
// request or a pass asks a Clock, once.
#pragma once

#include <atomic>

#include "orchestrator/instant.hpp"

namespace orchestrator {

// Safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

// The database's time, carried on between measurements by this machine's monotonic clock, so that all
// instances agree whatever their own wall clocks say. Safe for concurrent use.
class DatabaseClock final : public Clock {
 public:
  // Until the first measurement, this machine's wall clock.
  DatabaseClock();

  Instant now() const override;

  // `database_now` was read by a query that began `round_trip` ago; the middle of the trip is taken.
  void measured(Instant database_now, Duration round_trip);

 private:
  std::atomic<Duration::rep> offset_us_;  // database time minus the monotonic clock, microseconds
};

}  // namespace orchestrator
