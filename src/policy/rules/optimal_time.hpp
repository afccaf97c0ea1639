#pragma once

#include <optional>

#include "policy/time_zone.hpp"

namespace orchestrator::policy {

// The first instant in [from, from + 24 hours] at which the wall clock shows a best hour of a preferred day;
// nullopt if there is none. An hour that a clock change skips does not occur; an hour that it repeats occurs
// twice.
std::optional<Instant> next_best_hour(Instant from, const ResponsePattern& pattern, const Zone& zone);

}  // namespace orchestrator::policy
