// A response of the application, and its head in HTTP/1.1.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orchestrator::server {

struct Response {
  // Returns the next piece of a streamed body: empty when there is nothing to send yet, nullopt at the end.
  // Called by the worker that serves the connection; may block for a fraction of a second.
  using Stream = std::function<std::optional<std::string>()>;

  int status = 200;
  std::string content_type = {};  // empty: no body
  std::string body = {};
  std::vector<std::pair<std::string_view, std::string>> headers = {};  // names are literals of this program
  Stream stream = {};  // instead of `body`; ends early when the client closes or the server stops
};

// The status line and headers, including the blank line at the end.
struct ResponseFraming {
  bool closes = false;      // the connection closes after this response
  bool is_chunked = false;  // the body is a stream, in chunks
};
std::string response_head(const Response& response, const ResponseFraming& framing);

}  // namespace orchestrator::server
