// The routes by which agents learn which of their messages no longer fit.

#include <charconv>
#include <utility>

#include "api/routes.hpp"
#include "logging/logging.hpp"
#include "text/form.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kUsualLimit = 100;
constexpr std::size_t kLargestLimit = 1000;

Rejection invalid_query(std::string message) {
  return {.status = 400, .code = "invalid_query", .message = std::move(message)};
}

struct Wanted {
  std::optional<Instant> since;
  std::size_t limit = kUsualLimit;
};

std::variant<Wanted, Rejection> wanted_by(std::string_view query_text) {
  const auto query = text::parse_form(query_text);
  if (!query) return invalid_query("The query must be percent-encoded UTF-8.");
  Wanted wanted;
  if (const std::string_view since = text::value_of(*query, "since"); !since.empty()) {
    wanted.since = parse_instant(since);
    if (!wanted.since) return invalid_query("since must be an instant such as 2026-11-20T18:24:05Z.");
  }
  if (const std::string_view limit = text::value_of(*query, "limit"); !limit.empty()) {
    const char* const end = limit.data() + limit.size();
    const auto [read_to, error] = std::from_chars(limit.data(), end, wanted.limit);
    if (error != std::errc{} || read_to != end || wanted.limit < 1 || wanted.limit > kLargestLimit) {
      return invalid_query("limit must be a number from 1 to " + std::to_string(kLargestLimit) + ".");
    }
  }
  return wanted;
}

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

OrderedJson to_json(const ReformulationRequest& request) {
  OrderedJson said = OrderedJson::array();
  for (const InboundText& words : request.inbound_texts) {
    said.push_back({{"at", format_instant(words.at)}, {"text", words.text}});
  }
  return {{"id", request.id},
          {"messageId", request.message.value},
          {"userId", request.user.value},
          {"agentId", request.agent.value},
          {"conversationId", text_or_null(request.conversation_id)},
          {"original", text_or_null(request.original)},
          {"messageData", OrderedJson::parse(request.data)},
          {"saidSince", std::move(said)},
          {"explanation", text_or_null(request.explanation)},
          {"requestedAt", format_instant(request.created_at)}};
}

}  // namespace

Response Routes::list_reformulations(const Call& call) {
  const auto wanted = wanted_by(call.request.head.query());
  if (const auto* rejection = std::get_if<Rejection>(&wanted)) return refusal(*rejection);
  const auto& [since, limit] = std::get<Wanted>(wanted);
  OrderedJson requests = OrderedJson::array();
  for (const auto& request : services_.reformulations(since, limit)) requests.push_back(to_json(request));
  return json_response(200, {{"reformulations", std::move(requests)}});
}

Response Routes::finish_reformulation(const Call& call) {
  const std::string id = text::percent_decode(call.parameter).value_or(std::string());
  if (!services_.finish_reformulation(id, clock_.now())) {
    return refusal({.status = 404,
                    .code = "unknown_reformulation",
                    .message = "There is no reformulation request with this id."});
  }
  logging::info("Reformulation request " + id + " was taken up");
  return json_response(200, {{"success", true}, {"id", id}, {"status", "done"}});
}

}  // namespace orchestrator::api
