// Request heads, as a connection extracts them from the bytes that it receives.

#include <algorithm>
#include <charconv>
#include <string>

#include "fuzz/targets.hpp"
#include "server/request_head.hpp"
#include "text/ascii.hpp"

namespace orchestrator::fuzz {

namespace {

using server::RequestHead;
using text::equal_ignoring_case;

// The input up to the first blank line, which is added if missing.
std::string cut_head(std::string_view input) {
  while (input.starts_with("\r\n")) input.remove_prefix(2);
  const std::size_t end = input.find("\r\n\r\n");
  std::string head(input.substr(0, end));
  return head.append("\r\n\r\n");
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; });
}

// No other parser can read a different body length from the same head.
void check_length(const RequestHead& head) {
  std::size_t lengths = 0;
  for (const auto& [name, value] : head.headers) {
    require(!equal_ignoring_case(name, "Transfer-Encoding"), "no accepted head has a Transfer-Encoding");
    if (!equal_ignoring_case(name, "Content-Length")) continue;
    ++lengths;
    std::size_t length = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), length).ptr;
    require(end == value.data() + value.size() && head.content_length == length,
            "the length is what is said");
  }
  require(lengths == (head.content_length ? 1u : 0u), "there is at most one length");
}

std::string rewritten(const RequestHead& head) {
  std::string text(head.method);
  text.append(" ").append(head.target).append(head.keep_alive ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (const auto& [name, value] : head.headers) text.append(name).append(": ").append(value).append("\r\n");
  return text.append("\r\n");
}

}  // namespace

void check_head(std::string_view input) {
  const std::string text = cut_head(input);
  const auto parsed = server::parse_request_head(text);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) return check_refusal(*rejection);
  const auto& head = std::get<RequestHead>(parsed);
  check_length(head);
  require(head.target.starts_with('/') && head.path().find('?') == std::string_view::npos, "the path");
  require(is_printable(head.method) && is_printable(head.target), "the request line is printable");
  for (const auto& [name, value] : head.headers) {
    require(!name.empty() && is_printable(name) && is_printable(value), "headers are printable");
  }
  const std::string again = rewritten(head);
  const auto reread = server::parse_request_head(again);
  const auto* second = std::get_if<RequestHead>(&reread);
  // A header line without a blank before its value may have had exactly the maximum length.
  if (second == nullptr)
    return require(std::get<Rejection>(reread).status == 431, "a head can be read again");
  require(second->method == head.method && second->target == head.target && second->headers == head.headers &&
              second->content_length == head.content_length,
          "a head that is read again is the same");
}

}  // namespace orchestrator::fuzz
