#include "inbound/batching.hpp"

#include <algorithm>

namespace orchestrator::inbound {

Instant next_turn_at(Instant now, const ContactBacklog& backlog) {
  const bool is_burst = backlog.fourth_latest && *backlog.fourth_latest > now - kBurstWindow;
  if (!is_burst || backlog.waiting >= kMaxBatch) return now;
  return std::max(now, std::min(backlog.newest + kSilence, backlog.oldest + kLongestWait));
}

Duration retry_delay(int attempt) { return std::chrono::seconds{1 << std::clamp(attempt - 1, 0, 10)}; }

}  // namespace orchestrator::inbound
