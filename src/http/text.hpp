// Questions about text from outside. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator::http {

// Well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// These expect well-formed UTF-8.
std::size_t count_characters(std::string_view text);  // code points
bool is_blank(std::string_view text);                 // nothing in it that a person would see
bool has_control_characters(std::string_view text);   // C0, DEL, C1

// At most `characters` code points, with "…" where something was left out: for messages that quote.
std::string shorten(std::string_view text, std::size_t characters);

// RFC 3986 section 2.1. Nothing when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

bool equal_ignoring_case(std::string_view left, std::string_view right);  // ASCII

// A phone number: "+" and 7 to 15 digits, no zero first.
bool is_e164(std::string_view text);

// How many letters must be changed, added or left out to make `left` into `right` (Levenshtein).
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace orchestrator::http
