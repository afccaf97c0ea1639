// POST /inbound-messages: JSON to IncomingMessage, and Receipt to JSON. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "api/answer.hpp"
#include "orchestrator/inbound.hpp"
#include "orchestrator/rejection.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxIncomingTextBytes = 65'536;

std::variant<IncomingMessage, Rejection> incoming_message_from_json(std::string_view body);

// `messageId` in the answer is the caller's, if they gave one.
OrderedJson to_json(const Receipt& receipt, const IncomingMessage& message);

}  // namespace orchestrator::api
