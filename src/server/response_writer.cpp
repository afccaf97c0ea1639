#include "server/response_writer.hpp"

#include <array>
#include <charconv>

namespace orchestrator::server {

namespace {

// RFC 9112 section 7.1.
std::string chunk(std::string_view piece) {
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  return std::string(size.data(), end).append("\r\n").append(piece).append("\r\n");
}

bool write_stream(Connection& connection, const Response::Stream& next_piece, bool is_chunked) {
  while (!connection.is_abandoned()) {
    const auto piece = next_piece();
    if (!piece) return !is_chunked || connection.write("0\r\n\r\n");
    if (piece->empty()) continue;
    if (!connection.write(is_chunked ? chunk(*piece) : *piece)) return false;
  }
  return false;
}

}  // namespace

bool write_response(Connection& connection, const Response& response, const WriteOptions& options) {
  const bool is_chunked = response.stream && !options.is_http_1_0;
  std::string bytes = response_head(response, {.closes = options.closes, .is_chunked = is_chunked});
  if (!response.stream && !options.omits_body) bytes += response.body;
  if (!connection.write(bytes)) return false;
  if (!response.stream || options.omits_body) return true;
  return write_stream(connection, response.stream, is_chunked);
}

}  // namespace orchestrator::server
