// When a contact's next turn is taken, and a failed one again. Pure.
#pragma once

#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/instant.hpp"

namespace orchestrator::inbound {

// Who sent more than three messages within a minute is in the middle of saying something: their turn waits
// until they have been silent for two seconds, ten at most. A turn holds up to five messages; as many never
// wait.
inline constexpr std::chrono::minutes kBurstWindow{1};
inline constexpr std::chrono::seconds kSilence{2};
inline constexpr std::chrono::seconds kLongestWait{10};
inline constexpr std::size_t kMaxBatch = 5;

Instant next_turn_at(Instant now, const ContactBacklog& line);

// 1 s, 2 s, 4 s …
inline constexpr int kMaxAttempts = 3;
Duration retry_delay(int attempt);

// Twice missed, a lease still holds.
inline Duration renewal_interval(Duration lease) { return lease / 3; }

}  // namespace orchestrator::inbound
