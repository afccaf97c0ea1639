// Instants: UTC, microseconds (PostgreSQL's resolution), no leap seconds. All interfaces between rooms use
// them; local times exist only inside policy/. Pure functions, safe from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

// "2026-11-20T18:24:05.123456Z": always UTC, always six digits, so that texts sort like instants.
std::string format_instant(Instant instant);

// RFC 3339 section 5.6 with a mandatory offset ("Z" or "+hh:mm") and at most six digits of fraction.
// Returns nullopt for anything else: a missing offset, 30 February, hour 24, second 60, or an instant whose
// year in UTC is outside 1970–9999.
std::optional<Instant> parse_instant(std::string_view text);

}  // namespace orchestrator
