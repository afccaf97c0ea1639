// The head of a request (request line and headers), read strictly: whatever two readers could understand
// differently is refused, so that nobody can smuggle one request inside another.
// Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/rejection.hpp"

namespace orchestrator::http {

inline constexpr std::size_t kMaxHeadBytes = std::size_t{32} * 1024;
inline constexpr std::size_t kMaxHeaderLineBytes = std::size_t{8} * 1024;
inline constexpr std::size_t kMaxHeaders = 100;
inline constexpr std::size_t kMaxTargetBytes = std::size_t{4} * 1024;  // a 200-character id, percent-encoded

// Refers to the text that it was parsed from.
struct RequestHead {
  std::string_view method;
  std::string_view target;  // as sent: percent-encoded, with the query
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // as sent, without surrounding blanks
  std::optional<std::size_t> content_length;
  bool keep_alive = true;
  bool expects_continue = false;

  std::string_view path() const { return target.substr(0, target.find('?')); }
};

// `text` ends with the blank line that ends the head.
std::variant<RequestHead, Rejection> parse_head(std::string_view text);

}  // namespace orchestrator::http
