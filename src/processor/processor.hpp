// The loop around the pass: owns the thread, the waking and the stop. See pass.hpp for what a pass does.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "orchestrator/instant.hpp"

namespace orchestrator {

// What one pass did.
struct PassSummary {
  Instant at;                 // the pass's `now`
  std::int64_t promoted = 0;  // messages that crossed into `messages`
  std::int64_t deferred = 0;  // users whose head of line was held back
  std::int64_t expired = 0;
  std::int64_t cancelled = 0;
  std::int64_t failed = 0;
};

// What /health tells without asking the database. Safe for concurrent use.
struct ProcessorStatus {
  bool running = false;
  std::int64_t messages_processed = 0;  // promoted by this instance since it started
  std::optional<Instant> last_process_time;
};

}  // namespace orchestrator
