// The log: one line per event on standard output, flushed at once. Safe for concurrent use.
//
//   text: 2026-11-20T18:24:05.123Z info  Listening on http://127.0.0.1:8080
//   json: {"message":"…","severity":"INFO","time":"2026-11-20T18:24:05.123Z"}
//
// Control characters are escaped, so that logged text cannot forge another line.
#pragma once

#include <string_view>

#include "orchestrator/config.hpp"

namespace orchestrator::logging {

// Must be called once, before the first thread starts; until then lines are written as text. Also ignores
// SIGPIPE, so that writing to a closed pipe does not end the program.
void start(const LogConfig& config);

void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);

}  // namespace orchestrator::logging
