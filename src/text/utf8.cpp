#include "text/utf8.hpp"

#include <algorithm>
#include <array>

namespace orchestrator::text {

namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

bool is_invisible(char32_t code_point) {
  if (code_point <= 0x20 || code_point == 0x7F) return true;
  if (code_point >= 0x80 && code_point <= 0xA0) return true;
  if (code_point >= 0x2000 && code_point <= 0x200F) return true;  // spaces, zero-width, direction marks
  constexpr std::array<char32_t, 8> kOthers = {0x00AD, 0x1680, 0x2028, 0x2029,
                                               0x202F, 0x205F, 0x3000, 0xFEFF};
  return std::ranges::find(kOthers, code_point) != kOthers.end();
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  if (lead < 0x80) {
    rest.remove_prefix(1);
    return lead;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || rest.size() < length) return std::nullopt;
  char32_t code_point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(rest[i])) return std::nullopt;
    code_point = (code_point << 6U) | (static_cast<unsigned char>(rest[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kSmallest[length] || code_point > 0x10FFFF || is_surrogate) return std::nullopt;
  rest.remove_prefix(length);
  return code_point;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!take_code_point(text)) return false;
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    if (!is_invisible(*take_code_point(text))) return false;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  while (!text.empty()) {
    const char32_t code_point = *take_code_point(text);
    if (code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F)) return true;
  }
  return false;
}

std::string shorten(std::string_view text, std::size_t characters) {
  std::size_t kept = 0;
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    if (is_continuation(text[bytes])) continue;
    if (kept == characters) return std::string(text.substr(0, bytes)) + "…";
    ++kept;
  }
  return std::string(text);
}

std::string_view prefix_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && is_continuation(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

}  // namespace orchestrator::text
