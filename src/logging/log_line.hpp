// How an event becomes a line. Pure.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/config.hpp"
#include "orchestrator/instant.hpp"

namespace orchestrator::logging {

// The line, with its newline.
std::string log_line(LogFormat format, Instant time, LogLevel level, std::string_view message);

}  // namespace orchestrator::logging
