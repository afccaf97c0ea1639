#include "inbound/batching.hpp"

#include <algorithm>

namespace orchestrator::inbound {

Instant next_turn_at(Instant now, const ContactBacklog& line) {
  const bool is_burst = line.fourth_latest && *line.fourth_latest > now - kBurstWindow;
  if (!is_burst || line.waiting >= kMaxBatch) return now;
  return std::max(now, std::min(line.newest + kSilence, line.oldest + kLongestWait));
}

Duration retry_delay(int attempt) { return std::chrono::seconds{1 << std::clamp(attempt - 1, 0, 10)}; }

}  // namespace orchestrator::inbound
