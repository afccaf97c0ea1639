// The keywords with which people opt out of messages and in again.
#pragma once

#include <string_view>

#include "orchestrator/inbound.hpp"

namespace orchestrator::inbound {

// Recognises a keyword only when it is the whole message, ignoring case and the spaces and punctuation around
// it. The keywords are those that US carriers require and Twilio documents. Pure.
Arrival::Consent consent_of(std::string_view text);

}  // namespace orchestrator::inbound
