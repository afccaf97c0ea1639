// Quiet hours as intervals of instants. Pure, safe from any thread.
#pragma once

#include <optional>

#include "policy/time_zone.hpp"

namespace orchestrator::policy {

// Half-open: [start, end).
struct Interval {
  Instant start;
  Instant end;
};

// The quiet interval that contains `instant`; nullopt if it is not quiet. A boundary that a clock change
// skips is the instant of the change; if a boundary occurs twice, the interval starts at the first and ends
// at the second occurrence. Adjacent windows are merged, up to eight days in each direction: if quiet hours
// never end (00:00 to 24:00), the end is only the time of the next evaluation.
std::optional<Interval> quiet_interval(Instant instant, const QuietHours& quiet_hours, const Zone& zone);

// The start of the next quiet window after `from`; nullopt if none starts within two days.
std::optional<Instant> next_quiet_start(Instant from, const QuietHours& quiet_hours, const Zone& zone);

}  // namespace orchestrator::policy
