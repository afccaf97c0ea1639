// The syntax of identifiers and phone numbers that callers send. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "orchestrator/rejection.hpp"

namespace orchestrator::text {

inline constexpr std::size_t kMaxIdCharacters = 200;

// Returns nothing when `text` is usable as an id or key, otherwise a 400 that names the field `name`. `text`
// must be well-formed UTF-8.
std::optional<Rejection> check_id(std::string_view name, std::string_view text);

// A 400 `invalid_field`: "<name> must be <expectation>."
Rejection invalid_field(std::string_view name, std::string_view expectation);

// Whether `text` is a phone number in the form of E.164: "+" and 7 to 15 digits, the first of which is not 0.
bool is_e164(std::string_view text);

}  // namespace orchestrator::text
