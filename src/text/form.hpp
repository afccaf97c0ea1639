// application/x-www-form-urlencoded and percent-encoding, for bodies, paths and queries. Pure functions, safe
// from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orchestrator::text {

inline constexpr std::size_t kMaxFormFields = 500;

// Names and values in the order in which they were sent; a name may occur several times.
using FormFields = std::vector<std::pair<std::string, std::string>>;

// Returns nothing for a "%" without two hexadecimal digits, malformed UTF-8, U+0000, or more than
// kMaxFormFields fields.
std::optional<FormFields> parse_form(std::string_view text);

// The first value of `name`; empty if there is none.
std::string_view value_of(const FormFields& fields, std::string_view name);

// "To=%2B15550100001&Body=Hello%20Ann", in the given order.
std::string form_encode(const FormFields& fields);

// RFC 3986 section 2.1. Returns nothing when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

// Encodes everything but the unreserved characters of RFC 3986 section 2.3, so that the result can be used in
// a path, a query and a form.
std::string percent_encode(std::string_view text);

}  // namespace orchestrator::text
