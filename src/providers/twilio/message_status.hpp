// The statuses of a message as Twilio spells them, in lists and in callbacks. Pure functions.
// https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
#pragma once

#include <optional>
#include <string_view>

#include "orchestrator/inbound.hpp"

namespace orchestrator::twilio {

// Twilio has accepted the message and has not yet handed it to the carrier.
bool is_before_sent(std::string_view status);

// A status before "sent" counts as sent: Twilio has the message. An unknown status gives nothing.
std::optional<DeliveryReport::Status> message_status(std::string_view status);

}  // namespace orchestrator::twilio
