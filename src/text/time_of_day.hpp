// Times of day as callers and settings write them. Pure functions, safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/rules.hpp"

namespace orchestrator::text {

// "HH:MM" or "HH:MM:SS", 00:00 to 24:00.
std::optional<TimeOfDay> parse_time_of_day(std::string_view text);

std::string format_time_of_day(TimeOfDay time);

}  // namespace orchestrator::text
