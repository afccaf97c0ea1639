// How often and when a message is tried, and what the last check before each try says. Pure.
#pragma once

#include <optional>

#include "orchestrator/delivery.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::delivery {

// From a try that may be repeated to the next: 1 s, 2 s, 4 s, or as the provider asks, but five minutes at
// most; after the fourth try: none.
std::optional<Duration> retry_delay(const SendOutcome& outcome, int attempt);

// From learning that a message's fate is unknown to the first look-up, and from one to the next: time for the
// provider's callback to come first. After the third: none.
std::optional<Duration> look_up_delay(int look_ups);

// Whether the message still may go: the person may have opted out, their quiet hours may have begun, or it
// may have expired since it was promoted. Replies and confirmations heed no quiet hours, and confirmations
// no opt-out. What is sent is not tried by the provider beyond the next quiet hours or its expiry.
LastCheck last_check(const PendingMessage& pending, const RuleDefaults& defaults, Instant now);

}  // namespace orchestrator::delivery
