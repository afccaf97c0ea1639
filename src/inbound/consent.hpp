// The words by which people end messages and ask for them again.
#pragma once

#include <string_view>

#include "orchestrator/inbound.hpp"

namespace orchestrator::inbound {

// Only when the word is all that the message says, whatever its case, and the space and punctuation around
// it. The words are those that carriers in the United States require and Twilio documents.
Arrival::Consent consent_of(std::string_view text);

}  // namespace orchestrator::inbound
