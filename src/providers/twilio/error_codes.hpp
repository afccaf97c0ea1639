// The error codes of Twilio whose meaning does not follow from the HTTP status (see http_outcome.hpp):
// https://www.twilio.com/docs/api/errors
#pragma once

#include <array>
#include <string_view>

#include "providers/http_outcome.hpp"

namespace orchestrator::twilio {

using providers::ErrorMeaning;

inline constexpr auto kErrorCodes = std::to_array<providers::ErrorCode>({
    {"20429", ErrorMeaning::not_processed},  // too many requests
    {"20503", ErrorMeaning::not_processed},  // service unavailable
    {"21611", ErrorMeaning::slow_down},      // the sender's queue is full
    {"30001", ErrorMeaning::slow_down},      // the carrier is throttled
    {"20003", ErrorMeaning::slow_down},  // authentication failed; the operator may correct the credentials
    {"21610", ErrorMeaning::opted_out},  // the recipient has replied STOP
});

inline bool means_opted_out(std::string_view error_code) {
  return providers::meaning_of(error_code, kErrorCodes) == ErrorMeaning::opted_out;
}

}  // namespace orchestrator::twilio
