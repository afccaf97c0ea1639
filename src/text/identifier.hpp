// The syntax of identifiers and phone numbers as callers write them. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "orchestrator/rejection.hpp"

namespace orchestrator::text {

inline constexpr std::size_t kMaxIdCharacters = 200;

// Nothing when `text` may be an id or key; otherwise why not. `name` is the field's. Expects well-formed
// UTF-8.
std::optional<Rejection> check_id(std::string_view name, std::string_view text);

// The refusal of a field that is not `expected`, e.g. "a number".
Rejection invalid_field(std::string_view name, std::string_view expected);

// A phone number: "+" and 7 to 15 digits, no zero first.
bool is_e164(std::string_view text);

}  // namespace orchestrator::text
