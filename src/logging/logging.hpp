// The log: one event a line on standard output, written through at once. Safe for concurrent use.
//
//   text: 2026-11-20T18:24:05.123Z info  listening on http://127.0.0.1:8080
//   json: {"message":"…","severity":"INFO","time":"2026-11-20T18:24:05.123Z"}
//
// Control characters are escaped, so that nothing that was logged can pass for another line.
#pragma once

#include <string_view>

#include "orchestrator/config.hpp"

namespace orchestrator::logging {

// To be called once, before the first thread; until then lines come out as text. Also makes writing to a
// closed pipe an error that is ignored, instead of a signal that ends the program.
void start(const LogConfig& config);

void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);

}  // namespace orchestrator::logging
