// Wall clocks for the checker: tables of offsets that PostgreSQL computes, independent of src/policy.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "support/sql.hpp"

namespace orchestrator::model {

using Wall = std::chrono::local_time<Duration>;
using Date = std::chrono::local_days;

// The wall clock of one zone, for the period of one world.
class ZoneClock {
 public:
  struct Offset {
    Instant from;
    Duration east_of_utc;
  };
  explicit ZoneClock(std::vector<Offset> offsets) : offsets_(std::move(offsets)) {}

  Wall wall(Instant instant) const;
  Date date(Instant instant) const { return std::chrono::floor<std::chrono::days>(wall(instant)); }

  // The first and the last instant at which clocks show `wall`; if they skip it, the instant of the change.
  Instant first(Wall wall) const;
  Instant last(Wall wall) const;

  // The next instant at which an hour begins on the clock, or the clock changes.
  Instant next_hour(Instant after) const;

 private:
  std::size_t index_at(Instant instant) const;

  std::vector<Offset> offsets_;  // ascending
};

class Calendar {
 public:
  Calendar(support::Sql& sql, const std::vector<std::string>& zones, Instant from, Instant to);

  // Unknown names get the first zone, as in the program, where unusable names get the default zone.
  const ZoneClock& clock_of(const std::string& zone) const;

 private:
  std::string default_zone_;
  std::map<std::string, ZoneClock> clocks_;
};

}  // namespace orchestrator::model
