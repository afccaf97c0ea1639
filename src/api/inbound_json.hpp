// POST /inbound-messages: JSON to IncomingMessage, and Receipt to JSON. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "api/responses.hpp"
#include "orchestrator/inbound.hpp"
#include "orchestrator/result.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxIncomingTextBytes = 65'536;

Result<IncomingMessage> incoming_message_from_json(std::string_view body);

// `messageId` is the caller's own id, if the request has one.
OrderedJson to_json(const Receipt& receipt, const IncomingMessage& message);

}  // namespace orchestrator::api
