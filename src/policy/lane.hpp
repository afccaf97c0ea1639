// The lane in which a message is served. Pure, safe from any thread.
#pragma once

#include <chrono>

#include "orchestrator/rules.hpp"

namespace orchestrator::policy {

// From this long after its scheduled_for, a message is no longer delayed by optimal_time or
// low_priority_busy, and a low message is served in the medium lane: no message starves.
inline constexpr std::chrono::hours kMaxDelay{24};

// The message's priority, except that a low message ages into the medium lane after kMaxDelay.
Priority lane_at(Instant now, const QueuedMessage& message);

}  // namespace orchestrator::policy
