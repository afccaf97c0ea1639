#include "text/identifier.hpp"

#include <algorithm>
#include <string>

#include "text/ascii.hpp"
#include "text/utf8.hpp"

namespace orchestrator::text {

Rejection invalid_field(std::string_view name, std::string_view expectation) {
  return {.status = 400,
          .code = "invalid_field",
          .message = std::string(name).append(" must be ").append(expectation).append(".")};
}

std::optional<Rejection> check_id(std::string_view name, std::string_view text) {
  if (is_blank(text) || has_control_characters(text) || count_characters(text) > kMaxIdCharacters) {
    return invalid_field(name, "a text of 1 to " + std::to_string(kMaxIdCharacters) +
                                   " characters, not blank, without control characters");
  }
  return std::nullopt;
}

bool is_e164(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::ranges::all_of(text.substr(1), is_digit);
}

}  // namespace orchestrator::text
