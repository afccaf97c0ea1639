// How long a text is, as providers count it. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace orchestrator::delivery {

// Characters of a UTF-8 text.
inline std::size_t characters_in(std::string_view text) {
  const auto begins_one = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_one));
}

}  // namespace orchestrator::delivery
