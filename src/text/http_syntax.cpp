#include "text/http_syntax.hpp"

#include <algorithm>

#include "text/ascii.hpp"

namespace orchestrator::text {

namespace {

bool is_token_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos;
}

bool is_field_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

}  // namespace

bool is_http_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool is_http_field_value(std::string_view text) {
  return std::ranges::all_of(text, is_field_value_character);
}

}  // namespace orchestrator::text
