#include "policy/lane.hpp"

namespace orchestrator::policy {

Priority lane_at(Instant now, const QueuedMessage& message) {
  const bool has_aged = message.priority == Priority::low && now >= message.scheduled_for + kMaxDelay;
  return has_aged ? Priority::medium : message.priority;
}

}  // namespace orchestrator::policy
