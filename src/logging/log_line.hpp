// Formats an event as a line of the log. Pure.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/config.hpp"
#include "orchestrator/instant.hpp"

namespace orchestrator::logging {

// The line includes its newline.
std::string log_line(LogFormat format, Instant time, LogLevel level, std::string_view message);

}  // namespace orchestrator::logging
