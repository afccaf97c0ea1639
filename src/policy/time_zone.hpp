// Time zones: conversions between instants, wall clocks and dates. Only this file uses the time-zone database
// (the machine's tzdata). Pure functions of their arguments and that database; safe from any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"

namespace date {
class time_zone;
}

namespace orchestrator::policy {

// Whether the time-zone database has a zone or a link ("US/Eastern") of exactly this name. Never throws.
bool is_timezone(std::string_view name);

// The version of the time-zone database, e.g. "2025b", or "unknown". Another version may yield other results.
// The database lists transitions up to 2037; later, each zone keeps the offset of its last transition.
std::string timezone_database_version();

struct Zone {
  const date::time_zone* zone = nullptr;  // lives as long as the process
  bool is_fallback = false;               // the user's own zone is unusable, this is the default
};
Zone zone_or_default(std::string_view name, std::string_view default_name);  // throws if neither is usable

std::string name_of(const Zone& zone);  // as the database spells it

// The time that clocks in a zone show.
using WallClock = std::chrono::local_time<Duration>;

WallClock wall_clock(Instant instant, const Zone& zone);
LocalDate local_date(Instant instant, const Zone& zone);

// When a zone sets its clocks back, wall-clock times occur twice.
enum class Occurrence { first, second };

// The instant at which clocks show `wall_clock`. For a time that the zone skips: the instant of the skip.
Instant instant_of(WallClock wall_clock, const Zone& zone, Occurrence occurrence);

// The first instant after `instant` at which an hour begins on the wall clock, or the clocks change.
Instant next_hour(Instant instant, const Zone& zone);

// The first instant after `instant` whose local date is later than `date`. Requires that the local date at
// `instant` is not later than `date`.
Instant end_of_date(LocalDate date, Instant instant, const Zone& zone);

}  // namespace orchestrator::policy
