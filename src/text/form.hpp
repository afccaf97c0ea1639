// application/x-www-form-urlencoded and percent-encoding, as bodies, paths and queries use them. Pure
// functions, safe from any thread.
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

// Nothing for a "%" without two hexadecimal digits, malformed UTF-8, U+0000, or more than kMaxFormFields.
std::optional<FormFields> parse_form(std::string_view text);

// The first value of the name; empty if there is none.
std::string_view value_of(const FormFields& fields, std::string_view name);

// "To=%2B15550100001&Body=Hello%20Ann", in the given order.
std::string form_encode(const FormFields& fields);

// RFC 3986 section 2.1. Nothing when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

// All but letters, digits and -._~ becomes %XX, so that the result fits a path, a query and a form alike.
std::string percent_encode(std::string_view text);

}  // namespace orchestrator::text
