#include "api/reformulation_routes.hpp"

#include <charconv>
#include <utility>

#include "api/refusals.hpp"
#include "logging/logging.hpp"
#include "text/form.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 1000;

struct ListQuery {
  std::optional<Instant> since;
  std::size_t limit = kDefaultLimit;
};

Rejection unknown_reformulation() {
  return {.status = 404,
          .code = "unknown_reformulation",
          .message = "There is no reformulation request with this id."};
}

Result<ListQuery> parse_list_query(std::string_view text) {
  const auto fields = text::parse_form(text);
  if (!fields) return invalid_query("The query must be percent-encoded UTF-8.");
  ListQuery query;
  if (const std::string_view since = text::value_of(*fields, "since"); !since.empty()) {
    query.since = parse_instant(since);
    if (!query.since) return invalid_query("since must be an instant such as 2026-11-20T18:24:05Z.");
  }
  if (const std::string_view limit = text::value_of(*fields, "limit"); !limit.empty()) {
    const char* const end = limit.data() + limit.size();
    const auto [read_to, error] = std::from_chars(limit.data(), end, query.limit);
    if (error != std::errc{} || read_to != end || query.limit < 1 || query.limit > kMaxLimit) {
      return invalid_query("limit must be a number from 1 to " + std::to_string(kMaxLimit) + ".");
    }
  }
  return query;
}

OrderedJson to_json(const ReformulationRequest& request) {
  OrderedJson said_since = OrderedJson::array();
  for (const InboundText& inbound : request.inbound_texts) {
    said_since.push_back({{"at", format_instant(inbound.at)}, {"text", inbound.text}});
  }
  return {{"id", request.id},
          {"messageId", request.message.value},
          {"userId", request.user.value},
          {"agentId", request.agent.value},
          {"conversationId", text_or_null(request.conversation_id)},
          {"original", text_or_null(request.original)},
          {"messageData", OrderedJson::parse(request.data)},
          {"saidSince", std::move(said_since)},
          {"explanation", text_or_null(request.explanation)},
          {"requestedAt", format_instant(request.created_at)}};
}

}  // namespace

Routes ReformulationRoutes::routes() {
  return {
      {"GET", "/reformulations", Auth::api_key, Body::optional,
       std::bind_front(&ReformulationRoutes::list, this)},
      {"POST", "/reformulations/{id}/done", Auth::api_key, Body::optional,
       std::bind_front(&ReformulationRoutes::finish, this)},
  };
}

Result<Response> ReformulationRoutes::list(const Call& call) {
  const auto query = parse_list_query(call.request.head.query());
  if (!query) return query.rejection();
  OrderedJson requests = OrderedJson::array();
  for (const auto& request : service_.open_reformulations(query->since, query->limit)) {
    requests.push_back(to_json(request));
  }
  return json_response(200, {{"reformulations", std::move(requests)}});
}

Result<Response> ReformulationRoutes::finish(const Call& call) {
  const std::string id = call.id().value_or("");
  if (!service_.finish_reformulation(id)) return unknown_reformulation();
  logging::info("Reformulation request " + id + " is done");
  return json_response(200, {{"success", true}, {"id", id}, {"status", "done"}});
}

}  // namespace orchestrator::api
