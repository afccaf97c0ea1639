// Parses the head of a request (request line and headers) strictly. A head that two parsers could read
// differently is rejected, which prevents request smuggling. Pure functions, safe for concurrent use.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/rejection.hpp"

namespace orchestrator::server {

inline constexpr std::size_t kMaxHeadBytes = std::size_t{32} * 1024;
inline constexpr std::size_t kMaxHeaderLineBytes = std::size_t{8} * 1024;
inline constexpr std::size_t kMaxHeaders = 100;
inline constexpr std::size_t kMaxTargetBytes = std::size_t{4} * 1024;  // a 200-character id, percent-encoded

// Refers to the text that it was parsed from, which must outlive it.
struct RequestHead {
  std::string_view method = {};
  std::string_view target = {};  // as sent: percent-encoded, with the query
  std::vector<std::pair<std::string_view, std::string_view>> headers =
      {};  // as sent, without surrounding white space
  std::optional<std::size_t> content_length = {};
  bool is_http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const;  // the part after the first "?"; empty without one

  // The values of a header, in the order sent. Header names are case-insensitive.
  std::vector<std::string_view> values_of(std::string_view name) const;

  // The first value of a header; empty when the header is absent.
  std::string_view first_value_of(std::string_view name) const;

  // The value of a header that was sent exactly once.
  std::optional<std::string_view> only_value_of(std::string_view name) const;
};

// The refusal of a head or of a header that exceeds the limits above.
Rejection headers_too_large();

// `text` must end with the blank line that ends the head.
std::variant<RequestHead, Rejection> parse_request_head(std::string_view text);

}  // namespace orchestrator::server
