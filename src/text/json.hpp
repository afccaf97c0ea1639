// Reads JSON strictly: what two readers could understand differently, or PostgreSQL could not hold, is
// refused. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

#include "orchestrator/rejection.hpp"

namespace orchestrator::text {

inline constexpr std::size_t kMaxJsonDepth = 32;  // copying and printing recurse

// A JSON object. Refused: anything but an object, trailing text, more than kMaxJsonDepth levels, malformed
// UTF-8, U+0000, a key twice in one object, numbers that neither 64 bits nor a double can hold.
std::variant<nlohmann::json, Rejection> parse_object(std::string_view text);

}  // namespace orchestrator::text
