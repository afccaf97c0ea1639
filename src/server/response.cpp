#include "server/response.hpp"

namespace orchestrator::server {

namespace {

// RFC 9110 section 15. Clients ignore the phrase; it helps a reader of a trace, so rare statuses have none.
std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

bool has_no_body_by_definition(int status) { return status == 204 || status == 304; }

}  // namespace

std::string response_head(const Response& response, const ResponseFraming& framing) {
  std::string head;
  head.reserve(256);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!response.content_type.empty()) {
    head.append("Content-Type: ").append(response.content_type).append("\r\n");
  }
  if (framing.is_chunked) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (!response.stream && !has_no_body_by_definition(response.status)) {
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  if (framing.closes) head.append("Connection: close\r\n");  // HTTP/1.1 keeps it open otherwise
  return head.append("\r\n");
}

}  // namespace orchestrator::server
