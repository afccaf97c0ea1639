// Questions about text that only concern its ASCII characters. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orchestrator::text {

inline constexpr std::string_view kWhiteSpace = " \t\r\n";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without the given characters at either end.
std::string_view trim(std::string_view text, std::string_view characters = kWhiteSpace);

std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);

// The number of single-letter changes, insertions and deletions that turn `left` into `right` (Levenshtein),
// ignoring case.
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace orchestrator::text
