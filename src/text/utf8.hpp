// UTF-8: the one decoder of code points, and functions built on it. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator::text {

// Removes one code point from the front of `rest`, which must not be empty, and returns it. Returns nothing
// and leaves `rest` unchanged when it begins with a malformed sequence. Well-formed is what RFC 3629 defines:
// no overlong forms, no surrogates, nothing above U+10FFFF.
std::optional<char32_t> take_code_point(std::string_view& rest);

bool is_utf8(std::string_view text);

// The next three require well-formed UTF-8.
std::size_t count_characters(std::string_view text);  // code points
bool is_blank(std::string_view text);                 // contains no visible character
bool has_control_characters(std::string_view text);   // C0, DEL, C1

// The first `characters` code points, followed by "…" if the text has more: for messages that quote input.
std::string shorten(std::string_view text, std::size_t characters);

// The longest prefix of at most `bytes` bytes that does not split a code point. Points into `text`.
std::string_view prefix_of(std::string_view text, std::size_t bytes);

}  // namespace orchestrator::text
