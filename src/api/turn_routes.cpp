// The routes by which agents fetch turns and answer them.

#include <cstdlib>

#include "api/fields.hpp"
#include "api/routes.hpp"
#include "inbound/status_text.hpp"
#include "inbound/turn_json.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "text/form.hpp"
#include "text/json.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kMaxReplyBytes = 65'536;

struct TurnAnswer {
  std::string token;
  AgentAnswer answer;
};

Rejection unknown_turn() {
  return {.status = 404, .code = "unknown_turn", .message = "There is no turn with this id."};
}

Rejection stale_token() {
  return {.status = 409,
          .code = "stale_token",
          .message = "Another try of this turn has begun, or it is over: this answer changes nothing."};
}

Rejection too_long() {
  return {.status = 422, .code = "too_long", .message = "A response may have at most 65536 bytes."};
}

// `names` are the fields that the route knows; `required` those it cannot do without.
std::variant<TurnAnswer, Rejection> read_answer(std::string_view body,
                                                std::initializer_list<std::string_view> required,
                                                const std::vector<std::string_view>& names) {
  auto parsed = text::parse_object(body);
  if (auto* rejection = std::get_if<Rejection>(&parsed)) return std::move(*rejection);
  Fields fields(std::get<nlohmann::json>(parsed));
  fields.require(required);
  fields.allow_only(names);
  TurnAnswer answer;
  answer.token = fields.text("token").value_or("");
  answer.answer.success = fields.boolean("success").value_or(false);
  answer.answer.response = fields.text("response").value_or("");
  answer.answer.error = fields.text("error").value_or("");
  answer.answer.agent = fields.id("agentId").value_or("");
  if (answer.answer.response.size() > kMaxReplyBytes) fields.refuse(too_long());
  if (fields.rejection()) return *fields.rejection();
  return answer;
}

OrderedJson finished_json(const TurnResult& finished) {
  OrderedJson answer = {{"success", true}, {"status", inbound::to_text(finished.outcome)}};
  if (finished.reply) answer["replyMessageId"] = finished.reply->value;
  if (finished.reply_is_repeated) answer["duplicateReply"] = true;
  if (finished.reply_is_withheld) answer["withheld"] = "opted_out";
  return answer;
}

// What is no UUID is no turn and no token of ours.
std::optional<std::string> turn_id(std::string_view parameter) {
  auto text = text::percent_decode(parameter);
  if (!text || !is_uuid(*text)) return std::nullopt;
  return text;
}

}  // namespace

Response Routes::claim_turn(const Call&) {
  const auto turn = services_.turns.claim();
  if (turn) return json_response(200, inbound::to_json(*turn));
  return {.status = 204};
}

Response Routes::finish_turn(const Call& call, const AgentAnswer& answer, const std::string& token) {
  const auto turn = turn_id(call.parameter);
  if (!turn) return refusal(unknown_turn());
  if (!is_uuid(token)) return refusal(stale_token());
  const auto finished = services_.turns.finish(*turn, token, answer);
  switch (finished.outcome) {
    case TurnOutcome::unknown:
      return refusal(unknown_turn());
    case TurnOutcome::stale:
      return refusal(stale_token());
    case TurnOutcome::done:
    case TurnOutcome::retrying:
    case TurnOutcome::failed:
      return json_response(200, finished_json(finished));
  }
  std::abort();
}

Response Routes::complete_turn(const Call& call) {
  const auto answer = read_answer(call.request.body, {"token", "success"},
                                  {"token", "success", "response", "error", "agentId"});
  if (const auto* rejection = std::get_if<Rejection>(&answer)) return refusal(*rejection);
  return finish_turn(call, std::get<TurnAnswer>(answer).answer, std::get<TurnAnswer>(answer).token);
}

Response Routes::fail_turn(const Call& call) {
  const auto answer = read_answer(call.request.body, {"token"}, {"token", "error"});
  if (const auto* rejection = std::get_if<Rejection>(&answer)) return refusal(*rejection);
  return finish_turn(call, std::get<TurnAnswer>(answer).answer, std::get<TurnAnswer>(answer).token);
}

Response Routes::renew_turn(const Call& call) {
  const auto answer = read_answer(call.request.body, {"token"}, {"token"});
  if (const auto* rejection = std::get_if<Rejection>(&answer)) return refusal(*rejection);
  const auto turn = turn_id(call.parameter);
  if (!turn || !services_.turns.exists(*turn)) return refusal(unknown_turn());
  const std::string& token = std::get<TurnAnswer>(answer).token;
  const auto until = is_uuid(token) ? services_.turns.renew(*turn, token) : std::nullopt;
  if (!until) return refusal(stale_token());
  return json_response(200, {{"success", true}, {"leaseExpiresAt", format_instant(*until)}});
}

}  // namespace orchestrator::api
