// UTF-8 text: the one walker over code points, and questions about them. Pure functions, safe from any
// thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator::text {

// Takes one code point off the front of `rest`, which is not empty; nothing, leaving `rest` as it is, where
// it is malformed. Well-formed is what RFC 3629 defines: no overlong forms, no surrogates, nothing above
// U+10FFFF.
std::optional<char32_t> take_code_point(std::string_view& rest);

bool is_utf8(std::string_view text);

// These expect well-formed UTF-8.
std::size_t count_characters(std::string_view text);  // code points
bool is_blank(std::string_view text);                 // no visible character
bool has_control_characters(std::string_view text);   // C0, DEL, C1

// At most `characters` code points, with "…" where something was left out: for messages that quote.
std::string shorten(std::string_view text, std::size_t characters);

// At most `bytes` bytes from the front, without splitting a code point.
std::string_view prefix_of(std::string_view text, std::size_t bytes);

}  // namespace orchestrator::text
