// When a message is sent again or looked up, and the last check before it is sent. Pure functions.
#pragma once

#include <optional>

#include "orchestrator/delivery.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::delivery {

// The delay after the retryable attempt number `attempt`: 1 s, 2 s, 4 s, or the delay that the provider
// requests, up to five minutes. Nothing after the fourth attempt: the message fails.
std::optional<Duration> retry_delay(const SendOutcome& outcome, int attempt);

// The delay before the next look-up of a message whose outcome is unknown and which was looked up `look_ups`
// times: 2 s, 10 s, 60 s. The first delay lets the provider's callback arrive first. Nothing after the third.
std::optional<Duration> look_up_delay(int look_ups);

// Checks a promoted message again: since its promotion the recipient may have opted out, quiet hours may have
// begun, or the message may have expired. Replies and confirmations ignore quiet hours; confirmations ignore
// the opt-out too. The validity of a message that is sent ends at the next quiet hours or its expiry.
LastCheck last_check(const PendingMessage& pending, const RuleDefaults& defaults, Instant now);

}  // namespace orchestrator::delivery
