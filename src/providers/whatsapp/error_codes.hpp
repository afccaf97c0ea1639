// The error codes of WhatsApp whose meaning does not follow from the HTTP status (see http_outcome.hpp):
// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
#pragma once

#include <array>

#include "providers/http_outcome.hpp"

namespace orchestrator::whatsapp {

using providers::ErrorMeaning;

inline constexpr auto kErrorCodes = std::to_array<providers::ErrorCode>({
    {"4", ErrorMeaning::not_processed},       // rate limit of the app
    {"80007", ErrorMeaning::not_processed},   // rate limit of the business account
    {"130429", ErrorMeaning::not_processed},  // rate limit of the phone number
    {"131056", ErrorMeaning::not_processed},  // rate limit of messages to one recipient
    {"131048", ErrorMeaning::slow_down},      // spam rate limit
    {"190", ErrorMeaning::slow_down},         // the access token is refused; the operator may replace it
});

}  // namespace orchestrator::whatsapp
