// A strict JSON reader. It rejects documents that two parsers could read differently, or that PostgreSQL
// cannot store. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

#include "orchestrator/rejection.hpp"

namespace orchestrator::text {

inline constexpr std::size_t kMaxJsonDepth = 32;  // copying and printing a value recurse

// Parses one JSON object. Rejects any other value, trailing text, more than kMaxJsonDepth levels, malformed
// UTF-8, U+0000, duplicate keys in one object, and numbers that fit neither 64 bits nor a double.
std::variant<nlohmann::json, Rejection> parse_object(std::string_view text);

}  // namespace orchestrator::text
