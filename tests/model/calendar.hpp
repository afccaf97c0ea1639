// Wall clocks for the checker, as PostgreSQL tells them: a table of offsets, and nothing of the program's own
// time zones.
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

// The wall clock of one zone, over the time of one world.
class ZoneClock {
 public:
  struct Offset {
    Instant from;
    Duration east_of_utc;
  };
  explicit ZoneClock(std::vector<Offset> offsets) : offsets_(std::move(offsets)) {}

  Wall wall(Instant instant) const;
  Date date(Instant instant) const { return std::chrono::floor<std::chrono::days>(wall(instant)); }

  // When clocks show `wall` for the first and for the last time; when they jump over it, if never.
  Instant first(Wall wall) const;
  Instant last(Wall wall) const;

  // The next instant at which the clocks show another hour, or are turned.
  Instant next_hour(Instant after) const;

 private:
  std::size_t index_at(Instant instant) const;

  std::vector<Offset> offsets_;  // ascending
};

class Calendar {
 public:
  Calendar(support::Sql& sql, const std::vector<std::string>& zones, Instant from, Instant to);

  // Of the first zone for a name that is not among them, as the program does for one that it cannot use.
  const ZoneClock& clock_of(const std::string& zone) const;

 private:
  std::string default_zone_;
  std::map<std::string, ZoneClock> clocks_;
};

}  // namespace orchestrator::model
