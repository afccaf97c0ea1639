#include "api/refusals.hpp"

#include <utility>

namespace orchestrator::api {

Rejection unauthorized() {
  return {.status = 401,
          .code = "unauthorized",
          .message = "Send a valid API key in the header Authorization: Bearer <key>."};
}

Rejection path_not_found() {
  return {.status = 404, .code = "not_found", .message = "There is no such path; GET / lists them."};
}

Rejection method_not_allowed(const std::string& allowed) {
  return {.status = 405,
          .code = "method_not_allowed",
          .message = "This path accepts the methods " + allowed + "."};
}

Rejection length_required() {
  return {.status = 411, .code = "length_required", .message = "Send the body's size in Content-Length."};
}

Rejection internal_error() {
  return {.status = 500,
          .code = "internal_error",
          .message = "An internal error occurred; the server's log has the details."};
}

Rejection malformed_path_id(const std::string& kind_of_id) {
  return {.status = 400,
          .code = "invalid_" + kind_of_id + "_id",
          .message = "The " + kind_of_id + " id in the path must be percent-encoded UTF-8."};
}

Rejection invalid_query(std::string message) {
  return {.status = 400, .code = "invalid_query", .message = std::move(message)};
}

}  // namespace orchestrator::api
