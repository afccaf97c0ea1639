// What the answers of Twilio's Messages resource mean for a message. Pure functions.
#pragma once

#include "net/http_client.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::twilio {

// The outcome of a POST to Messages.json. `error_code` is Twilio's number if the answer has one; otherwise
// "http_" and the status, "not_sent", "no_answer" or "bad_answer".
SendOutcome send_outcome(const net::HttpResult& result);

// The result of a GET of Messages.json: the listed messages that have the text of `message` and were created
// after its attempt began.
LookUpResult look_up_result(const net::HttpResult& result, const OutgoingMessage& message);

}  // namespace orchestrator::twilio
