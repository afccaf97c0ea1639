#include "api/turn_routes.hpp"

#include <cstdlib>

#include "api/fields.hpp"
#include "inbound/status_text.hpp"
#include "inbound/turn_json.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "text/json.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kMaxReplyBytes = 65'536;

struct TurnRequest {
  std::string token;
  AgentAnswer answer;
};

Rejection unknown_turn() {
  return {.status = 404, .code = "unknown_turn", .message = "There is no turn with this id."};
}

Rejection stale_token() {
  return {.status = 409,
          .code = "stale_token",
          .message =
              "The token is not that of the turn's current attempt: another attempt has begun, or the "
              "turn has ended. Nothing was changed."};
}

Rejection reply_too_long() {
  return {.status = 422,
          .code = "too_long",
          .message = "response may have at most " + std::to_string(kMaxReplyBytes) + " bytes in UTF-8."};
}

// `allowed` are the fields that the route knows, `required` those that must be present.
Result<TurnRequest> parse_turn_request(std::string_view body,
                                       std::initializer_list<std::string_view> required,
                                       const std::vector<std::string_view>& allowed) {
  Result<nlohmann::json> object = text::parse_object(body);
  if (!object) return object.rejection();
  Fields fields(*object);
  fields.require(required);
  fields.allow_only(allowed);
  TurnRequest request;
  request.token = fields.text("token").value_or("");
  request.answer.success = fields.boolean("success").value_or(false);
  request.answer.response = fields.text("response").value_or("");
  request.answer.error = fields.text("error").value_or("");
  request.answer.agent = fields.id("agentId").value_or("");
  if (request.answer.response.size() > kMaxReplyBytes) fields.refuse(reply_too_long());
  if (fields.rejection()) return *fields.rejection();
  return request;
}

OrderedJson to_json(const TurnResult& finished) {
  OrderedJson response = {{"success", true}, {"status", inbound::to_text(finished.outcome)}};
  if (finished.reply) response["replyMessageId"] = finished.reply->value;
  if (finished.reply_is_repeated) response["duplicateReply"] = true;
  if (finished.reply_is_withheld) response["withheld"] = "opted_out";
  return response;
}

// Nothing for an id that is not a UUID, which no turn has.
std::optional<std::string> turn_id(const Call& call) {
  auto id = call.id();
  return id && is_uuid(*id) ? id : std::nullopt;
}

}  // namespace

Routes TurnRoutes::routes() {
  return {
      {"POST", "/inbound/claim", Auth::api_key, Body::optional, std::bind_front(&TurnRoutes::claim, this)},
      {"POST", "/inbound/{id}/complete", Auth::api_key, Body::required,
       std::bind_front(&TurnRoutes::complete, this)},
      {"POST", "/inbound/{id}/fail", Auth::api_key, Body::required, std::bind_front(&TurnRoutes::fail, this)},
      {"POST", "/inbound/{id}/renew", Auth::api_key, Body::required,
       std::bind_front(&TurnRoutes::renew, this)},
  };
}

Result<Response> TurnRoutes::claim(const Call&) {
  const auto turn = service_.claim_turn();
  if (!turn) return Response{.status = 204};
  return json_response(200, inbound::to_json(*turn));
}

Result<Response> TurnRoutes::complete(const Call& call) {
  const auto request = parse_turn_request(call.request.body, {"token", "success"},
                                          {"token", "success", "response", "error", "agentId"});
  if (!request) return request.rejection();
  return finish(call, request->answer, request->token);
}

Result<Response> TurnRoutes::fail(const Call& call) {
  const auto request = parse_turn_request(call.request.body, {"token"}, {"token", "error"});
  if (!request) return request.rejection();
  return finish(call, request->answer, request->token);
}

Result<Response> TurnRoutes::finish(const Call& call, const AgentAnswer& answer, const std::string& token) {
  const auto turn = turn_id(call);
  if (!turn) return unknown_turn();
  if (!is_uuid(token)) return stale_token();
  const auto finished = service_.finish_turn(*turn, token, answer);
  switch (finished.outcome) {
    case TurnOutcome::unknown:
      return unknown_turn();
    case TurnOutcome::stale:
      return stale_token();
    case TurnOutcome::done:
    case TurnOutcome::retrying:
    case TurnOutcome::failed:
      return json_response(200, to_json(finished));
  }
  std::abort();
}

Result<Response> TurnRoutes::renew(const Call& call) {
  const auto request = parse_turn_request(call.request.body, {"token"}, {"token"});
  if (!request) return request.rejection();
  const auto turn = turn_id(call);
  if (!turn || !service_.turn_exists(*turn)) return unknown_turn();
  const std::string& token = request->token;
  const auto lease_until = is_uuid(token) ? service_.renew_turn(*turn, token) : std::nullopt;
  if (!lease_until) return stale_token();
  return json_response(200, {{"success", true}, {"leaseExpiresAt", format_instant(*lease_until)}});
}

}  // namespace orchestrator::api
