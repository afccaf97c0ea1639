// application/x-www-form-urlencoded, as bodies and queries have it, read strictly. Pure functions, safe from
// any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orchestrator::http {

inline constexpr std::size_t kMaxFormFields = 500;

// Names and values in the order in which they came; a name may come several times.
using FormFields = std::vector<std::pair<std::string, std::string>>;

// Nothing for a "%" without two hexadecimal digits, malformed UTF-8, U+0000, or more than kMaxFormFields.
std::optional<FormFields> parse_form(std::string_view text);

// The first value of the name; empty if there is none.
std::string_view value_of(const FormFields& fields, std::string_view name);

// What follows the "?" of a request's target; empty if nothing does.
std::string_view query_of(std::string_view target);

}  // namespace orchestrator::http
