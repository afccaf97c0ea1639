// What is alike in the answers of all providers. Pure.
#pragma once

#include <string>

#include "net/http_client.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::providers {

// Of a call that failed: only what cannot have arrived may be sent again.
SendOutcome outcome_of(const net::HttpFailure& failure);

// Of an answer without an error code of the provider's own: "http_500".
std::string code_of(const net::HttpAnswer& answer);

// What a provider calls a message or an error: visible ASCII, not too long; "" for anything else.
std::string identifier_in(const std::string& text);

}  // namespace orchestrator::providers
