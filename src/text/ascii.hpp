// Operations on the ASCII characters of a text; all other bytes are left as they are. Pure functions, safe
// from any thread and independent of the locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator::text {

inline constexpr std::string_view kWhiteSpace = " \t\r\n";  // also what RFC 8259 allows between tokens

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Removes the given characters from both ends. The result points into `text`.
std::string_view trim(std::string_view text, std::string_view characters = kWhiteSpace);

// The parts between separators; empty ones among them, except after the last separator.
std::vector<std::string> split(std::string_view text, char separator);

std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);

// The Levenshtein distance, ignoring case: the least number of insertions, deletions and substitutions of
// single bytes that turn `left` into `right`.
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace orchestrator::text
