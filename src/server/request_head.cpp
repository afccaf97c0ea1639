#include "server/request_head.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "text/ascii.hpp"
#include "text/http_syntax.hpp"

namespace orchestrator::server {

namespace {

using MaybeRejection = std::optional<Rejection>;

Rejection malformed(std::string message) {
  return {.status = 400, .code = "malformed_request", .message = std::move(message)};
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

bool is_visible(char c) { return c > 0x20 && c < 0x7F; }

MaybeRejection parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return malformed("The request line must be: METHOD /path HTTP/1.1");
  }
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);

  if (head.target.size() > kMaxTargetBytes) {
    return Rejection{
        .status = 414,
        .code = "path_too_long",
        .message = "Path and query are limited to " + std::to_string(kMaxTargetBytes) + " bytes."};
  }
  if (!text::is_http_token(head.method)) return malformed("The request method is not a token.");
  if (!head.target.starts_with('/') || !std::ranges::all_of(head.target, is_visible)) {
    return malformed(
        "The path must start with / and contain only visible ASCII characters; percent-encode all others.");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Rejection{
        .status = 505, .code = "http_version_not_supported", .message = "This server supports HTTP/1.1."};
  }
  head.is_http_1_0 = version == "HTTP/1.0";
  head.keep_alive = !head.is_http_1_0;
  return std::nullopt;
}

MaybeRejection parse_content_length(std::string_view value, RequestHead& head) {
  const Rejection invalid{.status = 400,
                          .code = "invalid_content_length",
                          .message = "Send exactly one Content-Length, in decimal digits."};
  if (head.content_length || value.empty()) return invalid;
  if (!std::ranges::all_of(value, text::is_digit)) return invalid;
  std::size_t length = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length);
  if (parsed.ec != std::errc{}) {
    return Rejection{.status = 413, .code = "too_large", .message = "The body is too large for this server."};
  }
  head.content_length = length;
  return std::nullopt;
}

// Evaluates the headers that determine the length of the body or demand a feature of the server.
MaybeRejection apply_header(std::string_view name, std::string_view value, RequestHead& head) {
  if (text::equal_ignoring_case(name, "Content-Length")) return parse_content_length(value, head);
  if (text::equal_ignoring_case(name, "Transfer-Encoding")) {
    return Rejection{.status = 400,
                     .code = "transfer_encoding_not_supported",
                     .message = "Send the body with Content-Length, without Transfer-Encoding."};
  }
  if (text::equal_ignoring_case(name, "Content-Encoding") && !text::equal_ignoring_case(value, "identity")) {
    return Rejection{.status = 415,
                     .code = "content_encoding_not_supported",
                     .message = "Send the body uncompressed, without Content-Encoding."};
  }
  if (text::equal_ignoring_case(name, "Connection") && !text::equal_ignoring_case(value, "keep-alive")) {
    head.keep_alive = false;
  }
  if (text::equal_ignoring_case(name, "Expect")) {
    if (!text::equal_ignoring_case(value, "100-continue")) {
      return Rejection{.status = 417,
                       .code = "expectation_failed",
                       .message = "The only expectation that this server supports is 100-continue."};
    }
    head.expects_continue = true;
  }
  return std::nullopt;
}

MaybeRejection parse_header_line(std::string_view line, RequestHead& head) {
  if (line.size() > kMaxHeaderLineBytes || head.headers.size() == kMaxHeaders) {
    return headers_too_large();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !text::is_http_token(line.substr(0, colon))) {
    return malformed("Every header must be one line: Name: value");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = text::trim(line.substr(colon + 1), " \t");
  if (!text::is_http_field_value(value)) {
    return malformed("A header contains control characters.");
  }
  head.headers.emplace_back(name, value);
  return apply_header(name, value, head);
}

}  // namespace

std::string_view RequestHead::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::vector<std::string_view> RequestHead::values_of(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [other, value] : headers) {
    if (text::equal_ignoring_case(name, other)) values.push_back(value);
  }
  return values;
}

std::string_view RequestHead::first_value_of(std::string_view name) const {
  const auto values = values_of(name);
  return values.empty() ? std::string_view{} : values.front();
}

std::optional<std::string_view> RequestHead::only_value_of(std::string_view name) const {
  const auto values = values_of(name);
  return values.size() == 1 ? std::optional(values.front()) : std::nullopt;
}

Rejection headers_too_large() {
  return {.status = 431, .code = "headers_too_large", .message = "Send fewer or shorter headers."};
}

std::variant<RequestHead, Rejection> parse_request_head(std::string_view text) {
  RequestHead head;
  head.headers.reserve(16);
  if (auto rejection = parse_request_line(take_line(text), head)) return *std::move(rejection);
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    if (auto rejection = parse_header_line(line, head)) return *std::move(rejection);
  }
  return head;
}

}  // namespace orchestrator::server
