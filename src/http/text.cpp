#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace orchestrator::http {

namespace {

constexpr char32_t kMalformed = 0xFFFFFFFF;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Takes one code point off the front of `rest`.
char32_t take_code_point(std::string_view& rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  if (lead < 0x80) {
    rest.remove_prefix(1);
    return lead;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || rest.size() < length) return kMalformed;
  char32_t code_point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(rest[i])) return kMalformed;
    code_point = (code_point << 6U) | (static_cast<unsigned char>(rest[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kSmallest[length] || code_point > 0x10FFFF || is_surrogate) return kMalformed;
  rest.remove_prefix(length);
  return code_point;
}

bool is_invisible(char32_t code_point) {
  if (code_point <= 0x20 || code_point == 0x7F) return true;
  if (code_point >= 0x80 && code_point <= 0xA0) return true;
  if (code_point >= 0x2000 && code_point <= 0x200F) return true;  // spaces, zero-width, direction marks
  constexpr std::array<char32_t, 8> kOthers = {0x00AD, 0x1680, 0x2028, 0x2029,
                                               0x202F, 0x205F, 0x3000, 0xFEFF};
  return std::ranges::find(kOthers, code_point) != kOthers.end();
}

std::optional<unsigned> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take_code_point(text) == kMalformed) return false;
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    if (!is_invisible(take_code_point(text))) return false;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  while (!text.empty()) {
    const char32_t code_point = take_code_point(text);
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

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded.push_back(static_cast<char>(*high * 16 + *low));
    i += 2;
  }
  return decoded;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

bool is_e164(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = diagonal + (to_lower(left[i]) == to_lower(right[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace orchestrator::http
