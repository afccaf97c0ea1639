// Times of day in requests, settings and responses. Pure functions, safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/rules.hpp"

namespace orchestrator::text {

// Reads "HH:MM" or "HH:MM:SS", from 00:00 to 24:00.
std::optional<TimeOfDay> parse_time_of_day(std::string_view text);

// "HH:MM", or "HH:MM:SS" when the seconds are not zero. Fractions of a second are cut off.
std::string format_time_of_day(TimeOfDay time);

}  // namespace orchestrator::text
