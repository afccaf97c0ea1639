// Wall clocks, dates and instants: the only file that knows how a zone turns one into another. Pure, safe
// from any thread.
#pragma once

#include <chrono>
#include <string>

#include "policy/rules.hpp"

namespace orchestrator::policy {

std::string name_of(const Zone& zone);  // as the database spells it

// What a clock on the person's wall shows.
using WallClock = std::chrono::local_time<Duration>;

WallClock wall_clock(Instant instant, const Zone& zone);

// When a zone turns its clocks back, wall clocks show an hour twice.
enum class Occurrence { first, second };

// When clocks show `wall_clock`. A time that a zone skips happens when the clocks jump over it.
Instant instant_of(WallClock wall_clock, const Zone& zone, Occurrence occurrence);

// The first instant after `instant` at which clocks show another hour, or one hour again.
Instant next_hour(Instant instant, const Zone& zone);

// The first instant after `instant` whose local date is later than `date`; at `instant` it is not.
Instant end_of_date(LocalDate date, Instant instant, const Zone& zone);

}  // namespace orchestrator::policy
