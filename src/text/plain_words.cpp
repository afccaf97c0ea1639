#include "text/plain_words.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "text/utf8.hpp"

namespace orchestrator::text {
namespace {

// Well-formed UTF-8: what is not becomes a space.
std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    if (take_code_point(text)) {
      out += before.substr(0, before.size() - text.size());
    } else {
      out += ' ';
      text.remove_prefix(1);
    }
  }
  return out;
}

// Decomposed, so that accents are characters of their own and can be left out.
std::string simplest_form(const std::string& text) {
  constexpr auto kOptions =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK);
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &mapped, kOptions);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (size < 0) return {};
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

bool is_letter_or_digit(char32_t code_point) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

bool is_apostrophe(char32_t code_point) {
  return code_point == '\'' || code_point == 0x2019 || code_point == 0x2018 || code_point == 0x02BC ||
         code_point == '`';
}

}  // namespace

std::string plain_words(std::string_view line) {
  const std::string simple = simplest_form(well_formed(line));
  std::string words;
  bool is_separated = false;
  for (std::string_view rest = simple; !rest.empty();) {
    const std::string_view before = rest;
    const auto code_point = take_code_point(rest);
    if (!code_point) break;
    if (is_apostrophe(*code_point)) continue;
    if (!is_letter_or_digit(*code_point)) {
      is_separated = true;
      continue;
    }
    if (is_separated && !words.empty()) words += ' ';
    is_separated = false;
    words += before.substr(0, before.size() - rest.size());
  }
  return words;
}

}  // namespace orchestrator::text
