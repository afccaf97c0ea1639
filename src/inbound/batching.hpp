// When a contact's next turn starts, and when a failed attempt is repeated. Pure.
#pragma once

#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/instant.hpp"

namespace orchestrator::inbound {

// A contact that sent more than three messages within a minute is in the middle of saying something. Its turn
// waits until it has been silent for kSilence, but no longer than kLongestWait after the oldest message. A
// turn holds up to kMaxBatch messages; when as many wait, it starts at once.
inline constexpr std::chrono::minutes kBurstWindow{1};
inline constexpr std::chrono::seconds kSilence{2};
inline constexpr std::chrono::seconds kLongestWait{10};
inline constexpr std::size_t kMaxBatch = 5;

Instant next_turn_at(Instant now, const ContactBacklog& backlog);

// The delay after attempt number `attempt`, from 1, has failed: 1 s, 2 s, 4 s …
inline constexpr int kMaxAttempts = 3;
Duration retry_delay(int attempt);

// A third, so that the lease survives two failed renewals.
inline Duration renewal_interval(Duration lease) { return lease / 3; }

}  // namespace orchestrator::inbound
