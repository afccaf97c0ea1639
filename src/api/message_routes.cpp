#include "api/message_routes.hpp"

#include <cstdlib>

#include "api/explanation_json.hpp"
#include "api/message_json.hpp"

namespace orchestrator::api {

namespace {

Rejection unknown_message() {
  return {.status = 404, .code = "unknown_message", .message = "There is no message with this id."};
}

Rejection not_cancellable(const std::string& status) {
  if (status == "sent") {
    return {.status = 409,
            .code = "already_sent",
            .message = "The message was sent; it can no longer be cancelled."};
  }
  return {.status = 409,
          .code = "not_waiting",
          .message = "The message is " + status + "; only a waiting message can be cancelled."};
}

// Empty, which no message has, for a malformed id: it answers 404 like an unknown one.
MessageId message_id(const Call& call) { return MessageId(call.id().value_or("")); }

}  // namespace

Routes MessageRoutes::routes() {
  return {
      {"GET", "/messages/{id}", Auth::api_key, Body::optional, std::bind_front(&MessageRoutes::get, this)},
      {"DELETE", "/messages/{id}", Auth::api_key, Body::optional,
       std::bind_front(&MessageRoutes::cancel, this)},
      {"GET", "/messages/{id}/why", Auth::api_key, Body::optional,
       std::bind_front(&MessageRoutes::explain, this)},
  };
}

Result<Response> MessageRoutes::get(const Call& call) {
  const auto record = service_.find_message(message_id(call));
  if (!record) return unknown_message();
  return json_response(200, to_json(*record));
}

Result<Response> MessageRoutes::explain(const Call& call) {
  const auto record = service_.find_message(message_id(call));
  if (!record) return unknown_message();
  if (!is_waiting(*record)) return json_response(200, outcome_explanation_json(*record));
  const auto snapshot = service_.snapshot_of(record->user);
  if (!snapshot) return unknown_message();
  return json_response(200, waiting_explanation_json(*record, *snapshot, rules_, clock_.now()));
}

Result<Response> MessageRoutes::cancel(const Call& call) {
  using Outcome = Cancellation::Outcome;
  const MessageId id = message_id(call);
  const auto cancellation = service_.cancel(id, "cancelled_by_request");
  switch (cancellation.outcome) {
    case Outcome::cancelled:
      return json_response(200, {{"success", true}, {"messageId", id.value}, {"status", "cancelled"}});
    case Outcome::not_waiting:
      return not_cancellable(cancellation.status);
    case Outcome::unknown:
      return unknown_message();
  }
  std::abort();
}

}  // namespace orchestrator::api
