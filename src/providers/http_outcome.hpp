// What an HTTP answer means for a message, as far as all providers agree. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http_client.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::providers {

// The meaning of an error code if it does not follow from the HTTP status.
enum class ErrorMeaning {
  not_processed,  // the message was not processed; it may be sent again
  slow_down,      // not processed either, and an immediate retry is useless: wait 30 s
  opted_out,      // the recipient has unsubscribed at the provider
};

struct ErrorCode {
  std::string_view code;
  ErrorMeaning meaning;
};

std::optional<ErrorMeaning> meaning_of(std::string_view code, std::span<const ErrorCode> codes);

// The outcome of a call without an answer. Only a request that cannot have arrived is retryable.
SendOutcome outcome_of(const net::HttpFailure& failure);

// The outcome of an answer that is not 2xx. `code` is the provider's own error code; if it is empty, the
// outcome's code is "http_" and the status. Unless `codes` gives the code a meaning, the status decides: 401,
// 429, and 503 without a code are retryable; 408 and any other 5xx are unknown; the rest is permanent.
SendOutcome outcome_of(const net::HttpAnswer& answer, const std::string& code,
                       std::span<const ErrorCode> codes);

// A provider's id of a message or an error: `text` if it is visible ASCII of at most 255 bytes, else "".
std::string identifier_in(const std::string& text);

}  // namespace orchestrator::providers
