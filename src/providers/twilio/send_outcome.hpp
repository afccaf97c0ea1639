// What Twilio's answers mean for a message: https://www.twilio.com/docs/api/errors. Pure.
#pragma once

#include <string_view>

#include "net/http_client.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::twilio {

// Of a POST to Messages.json. `error_code` is Twilio's number where it gives one; else "http_" and the
// status, or "not_sent", "no_answer", "bad_answer".
SendOutcome twilio_outcome(const net::HttpResult& result);

// Of a GET of Messages.json for `message`: the listed ones with its text, made since its attempt began.
LookUpResult twilio_look_up(const net::HttpResult& result, const OutgoingMessage& message);

// A message's status as Twilio spells it, in lists and in callbacks. Those on the way count as sent.
std::optional<DeliveryReport::Status> twilio_status(std::string_view text);

}  // namespace orchestrator::twilio
