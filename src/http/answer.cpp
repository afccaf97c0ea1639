#include "http/answer.hpp"

#include <utility>
#include <vector>

namespace orchestrator::http {

namespace {

std::string error_body(const Rejection& rejection) {
  OrderedJson body = {{"error", rejection.code}, {"message", rejection.message}};
  if (!rejection.required.empty()) body["required"] = rejection.required;
  return body.dump();
}

// Fixed words only: text from a request never becomes a header.
std::vector<std::pair<const char*, std::string>> headers_of(const Refusal& refusal) {
  switch (refusal.rejection.status) {
    case 401:
      return {{"WWW-Authenticate", "Bearer"}};
    case 405:
      return {{"Allow", refusal.allow}};
    case 429:
      return {{"Retry-After", "60"}};
    case 503:
      return {{"Retry-After", "1"}};
    default:
      return {};
  }
}

}  // namespace

void respond(httplib::Response& response, int status, const OrderedJson& body) {
  response.status = status;
  response.set_content(body.dump(), "application/json");
}

void refuse(httplib::Response& response, const Refusal& refusal) {
  response.status = refusal.rejection.status;
  for (const auto& [name, value] : headers_of(refusal)) response.set_header(name, value);
  response.set_content(error_body(refusal.rejection), "application/json");
}

std::string closing_answer(const Refusal& refusal, bool to_head) {
  const std::string body = error_body(refusal.rejection);
  std::string answer = "HTTP/1.1 " + std::to_string(refusal.rejection.status) + " \r\n";
  for (const auto& [name, value] : headers_of(refusal)) {
    answer.append(name).append(": ").append(value).append("\r\n");
  }
  answer += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\nConnection: close\r\n\r\n";
  if (!to_head) answer += body;
  return answer;
}

Rejection held() {
  return {
      .status = 503,
      .code = "held",
      .message =
          "Somebody else is changing this person's data, and nothing was stored. Send the same request again "
          "shortly."};
}

Rejection unavailable() {
  return {.status = 503,
          .code = "unavailable",
          .message = "The database cannot be reached at the moment. Send the same request again shortly."};
}

Rejection overloaded() {
  return {.status = 503,
          .code = "overloaded",
          .message = "Too much is under way here at the moment. Send the request again shortly."};
}

Rejection internal_error() {
  return {.status = 500,
          .code = "internal_error",
          .message = "Something failed inside this server; its log says what."};
}

}  // namespace orchestrator::http
