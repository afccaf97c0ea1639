// How much a turn holds, and when a failed attempt is repeated. Pure.
#pragma once

#include <chrono>
#include <cstddef>

#include "orchestrator/instant.hpp"

namespace orchestrator::inbound {

// The most messages of a turn. When it starts is what the database's function next_turn_at() says.
inline constexpr std::size_t kMaxBatch = 5;

// The delay after attempt number `attempt`, from 1, has failed: 1 s, 2 s, 4 s …
inline constexpr int kMaxAttempts = 3;
Duration retry_delay(int attempt);

// A third, so that the lease survives two failed renewals.
inline Duration renewal_interval(Duration lease) { return lease / 3; }

}  // namespace orchestrator::inbound
