#include "api/answer.hpp"

#include <utility>

namespace orchestrator::api {

namespace {

constexpr const char* kJson = "application/json";

std::string error_body(const Rejection& rejection) {
  OrderedJson body = {{"error", rejection.code}, {"message", rejection.message}};
  if (!rejection.required.empty()) body["required"] = rejection.required;
  return body.dump();
}

}  // namespace

Response json_response(int status, const OrderedJson& body) {
  return {.status = status, .content_type = kJson, .body = body.dump()};
}

Response refusal(const Rejection& rejection) {
  Response response{.status = rejection.status, .content_type = kJson, .body = error_body(rejection)};
  if (rejection.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (rejection.status == 429) response.headers.emplace_back("Retry-After", "60");
  if (rejection.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response method_not_allowed(const std::string& allowed_methods) {
  Response response = refusal({.status = 405,
                               .code = "method_not_allowed",
                               .message = "This path accepts the methods " + allowed_methods + "."});
  response.headers.emplace_back("Allow", allowed_methods);
  return response;
}

Rejection rows_locked() {
  return {
      .status = 503,
      .code = "held",
      .message =
          "Another transaction is changing this person's data, and nothing was stored. Send the same request "
          "again shortly."};
}

Rejection unavailable() {
  return {.status = 503,
          .code = "unavailable",
          .message = "The database cannot be reached at the moment. Send the same request again shortly."};
}

Rejection overloaded() {
  return {.status = 503,
          .code = "overloaded",
          .message = "Too many large requests are in progress. Send the request again shortly."};
}

Rejection internal_error() {
  return {.status = 500,
          .code = "internal_error",
          .message = "An internal error occurred; the server's log has the details."};
}

}  // namespace orchestrator::api
