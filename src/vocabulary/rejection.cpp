#include "orchestrator/rejection.hpp"

namespace orchestrator {

Rejection unknown_user(std::string_view user_id, int status) {
  return {.status = status,
          .code = "unknown_user",
          .message = "There is no user \"" + std::string(user_id) + "\". Create it first: PUT /users/{id}."};
}

Rejection too_large(std::string_view what, std::size_t limit_bytes) {
  return {.status = 413,
          .code = "too_large",
          .message = std::string(what) + " exceeds the limit of " + std::to_string(limit_bytes) + " bytes."};
}

Rejection unstorable() {
  return {.status = 422,
          .code = "unstorable",
          .message =
              "The database cannot store a value in this request, for example a number beyond its "
              "range. Send such a value as a string."};
}

Rejection overloaded() {
  return {
      .status = 503,
      .code = "overloaded",
      .message = "The server has reached its limit of concurrent work. Send the same request again shortly."};
}

Rejection unavailable() {
  return {.status = 503,
          .code = "unavailable",
          .message = "The database cannot be reached at the moment. Send the same request again shortly."};
}

Rejection rows_locked() {
  return {.status = 503,
          .code = "held",
          .message =
              "Another transaction is changing this user's data, and nothing was stored. Send the "
              "same request again shortly."};
}

Rejection outcome_unknown() {
  return {.status = 503,
          .code = "outcome_unknown",
          .message =
              "The database did not confirm the change in time: it may or may not have been made. "
              "Check before you send the request again; one with an idempotency key can simply be "
              "repeated."};
}

}  // namespace orchestrator
