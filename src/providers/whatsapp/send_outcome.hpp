// What the answers of WhatsApp's Cloud API mean for a message. Pure functions.
#pragma once

#include "net/http_client.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::whatsapp {

// The outcome of a POST of a message. `error_code` is WhatsApp's number if the answer has one; otherwise
// "http_" and the status, "not_sent", "no_answer" or "bad_answer".
SendOutcome send_outcome(const net::HttpResult& result);

}  // namespace orchestrator::whatsapp
