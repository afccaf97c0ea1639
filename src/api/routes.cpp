#include "api/routes.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

#include "api/fields.hpp"
#include "api/user_json.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"
#include "text/ascii.hpp"
#include "text/form.hpp"
#include "text/identifier.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

constexpr std::string_view kParameter = "{id}";

// What stands in `path` for the pattern's parameter; nothing if the path is another.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t parameter = pattern.find(kParameter);
  if (parameter == std::string_view::npos) {
    return pattern == path ? std::optional(std::string_view{}) : std::nullopt;
  }
  const std::string_view before = pattern.substr(0, parameter);
  const std::string_view after = pattern.substr(parameter + kParameter.size());
  const bool is_long_enough = path.size() > before.size() + after.size();
  if (!is_long_enough || !path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  path.remove_prefix(before.size());
  path.remove_suffix(after.size());
  return path.find('/') == std::string_view::npos ? std::optional(path) : std::nullopt;
}

// HEAD is answered as GET, without the body.
std::string_view method_to_find(std::string_view method) { return method == "HEAD" ? "GET" : method; }

Rejection unauthorized() {
  return {.status = 401,
          .code = "unauthorized",
          .message = "Send a valid API key in the header Authorization: Bearer <key>."};
}

Rejection not_found() {
  return {.status = 404, .code = "not_found", .message = "There is no such path; GET / lists them."};
}

Rejection length_required() {
  return {.status = 411, .code = "length_required", .message = "Send the body's size in Content-Length."};
}

Rejection outcome_unknown() {
  return {.status = 503,
          .code = "outcome_unknown",
          .message =
              "The database went away in the middle: this may or may not be done. Look before repeating it."};
}

Rejection bad_data() {
  return {.status = 422,
          .code = "unstorable",
          .message = "The database cannot hold this data; a number or text in it is out of range."};
}

std::variant<UserId, Rejection> user_id(std::string_view parameter) {
  auto text = text::percent_decode(parameter);
  if (!text || !text::is_utf8(*text)) {
    return Rejection{.status = 400,
                     .code = "invalid_user_id",
                     .message = "The user id in the path must be percent-encoded UTF-8."};
  }
  if (auto rejection = text::check_id("The user id in the path", *text)) return *std::move(rejection);
  return UserId(*std::move(text));
}

// What `handle` returns, or the refusal for what it throws.
template <class Handle>
Response answer_failures(const Handle& handle) {
  try {
    return handle();
  } catch (const storage::OutcomeUnknown& error) {
    logging::warning(std::string("Request answered with 503: the outcome of its transaction is unknown: ") +
                     error.what());
    return refusal(outcome_unknown());
  } catch (const storage::Locked& error) {
    logging::warning(std::string("Request answered with 503: rows are locked by another transaction: ") +
                     error.what());
    return refusal(rows_locked());
  } catch (const storage::Unavailable& error) {
    logging::warning(std::string("Request answered with 503: the database is unavailable: ") + error.what());
    return refusal(unavailable());
  } catch (const storage::BadData& error) {
    logging::warning(std::string("Request answered with 422: the database refused its data: ") +
                     error.what());
    return refusal(bad_data());
  } catch (const std::exception& error) {
    logging::error(std::string("Request failed: ") + error.what());
    return refusal(internal_error());
  } catch (...) {
    logging::error("Request failed with an exception of unknown type");
    return refusal(internal_error());
  }
}

}  // namespace

// The busiest first: the table is searched from the top.
const Routes::Route Routes::kTable[] = {
    {"POST", "/schedule-message", Route::Auth::api_key, Route::Body::required, &Routes::schedule_message},
    {"POST", "/schedule-messages", Route::Auth::api_key, Route::Body::required, &Routes::schedule_messages,
     kBulkBodyLimit},
    {"GET", "/messages/{id}", Route::Auth::api_key, Route::Body::optional, &Routes::get_message},
    {"DELETE", "/messages/{id}", Route::Auth::api_key, Route::Body::optional, &Routes::cancel_message},
    {"GET", "/messages/{id}/why", Route::Auth::api_key, Route::Body::optional, &Routes::explain_message},
    {"POST", "/preview", Route::Auth::api_key, Route::Body::required, &Routes::preview},
    {"PUT", "/users/{id}", Route::Auth::api_key, Route::Body::required, &Routes::put_user},
    {"GET", "/users/{id}", Route::Auth::api_key, Route::Body::optional, &Routes::get_user},
    {"POST", "/inbound-messages", Route::Auth::api_key, Route::Body::required, &Routes::receive_message},
    {"POST", "/webhooks/twilio/sms", Route::Auth::none, Route::Body::required, &Routes::twilio_message},
    {"POST", "/webhooks/twilio/status", Route::Auth::none, Route::Body::required, &Routes::twilio_status},
    {"GET", "/webhooks/whatsapp", Route::Auth::none, Route::Body::optional, &Routes::whatsapp_challenge},
    {"POST", "/webhooks/whatsapp", Route::Auth::none, Route::Body::required, &Routes::whatsapp_news,
     kWhatsAppBodyLimit},
    {"GET", "/reformulations", Route::Auth::api_key, Route::Body::optional, &Routes::list_reformulations},
    {"POST", "/reformulations/{id}/done", Route::Auth::api_key, Route::Body::optional,
     &Routes::finish_reformulation},
    {"GET", "/events", Route::Auth::api_key, Route::Body::optional, &Routes::stream_events},
    {"POST", "/inbound/claim", Route::Auth::api_key, Route::Body::optional, &Routes::claim_turn},
    {"POST", "/inbound/{id}/complete", Route::Auth::api_key, Route::Body::required, &Routes::complete_turn},
    {"POST", "/inbound/{id}/fail", Route::Auth::api_key, Route::Body::required, &Routes::fail_turn},
    {"POST", "/inbound/{id}/renew", Route::Auth::api_key, Route::Body::required, &Routes::renew_turn},
    {"GET", "/api/admin/coordinator/stats", Route::Auth::api_key, Route::Body::optional,
     &Routes::coordinator_stats},
    {"GET", "/api/admin/coordinator/contact/{id}", Route::Auth::api_key, Route::Body::optional,
     &Routes::coordinator_contact},
    {"POST", "/api/admin/coordinator/flush/{id}", Route::Auth::api_key, Route::Body::optional,
     &Routes::flush_contact},
    {"POST", "/api/admin/coordinator/emergency-flush", Route::Auth::api_key, Route::Body::optional,
     &Routes::emergency_flush},
    {"POST", "/api/admin/coordinator/unlock/{id}", Route::Auth::api_key, Route::Body::optional,
     &Routes::unlock_contact},
    {"POST", "/api/admin/coordinator/unlock", Route::Auth::api_key, Route::Body::optional,
     &Routes::unlock_all},
    {"POST", "/api/admin/coordinator/detect-deadlocks", Route::Auth::api_key, Route::Body::optional,
     &Routes::detect_deadlocks},
    {"POST", "/api/admin/coordinator/test", Route::Auth::api_key, Route::Body::optional,
     &Routes::test_coordinator},
    {"GET", "/api/admin/handlers-health", Route::Auth::api_key, Route::Body::optional,
     &Routes::handlers_health},
    {"GET", "/api/health", Route::Auth::api_key, Route::Body::optional, &Routes::api_health},
    {"GET", "/queue-stats", Route::Auth::api_key, Route::Body::optional, &Routes::queue_stats},
    {"POST", "/process-queue", Route::Auth::api_key, Route::Body::optional, &Routes::process_queue},
    {"GET", "/health", Route::Auth::none, Route::Body::optional, &Routes::health},
    {"GET", "/ready", Route::Auth::none, Route::Body::optional, &Routes::ready},
    {"GET", "/metrics", Route::Auth::api_key, Route::Body::optional, &Routes::metrics},
    {"GET", "/", Route::Auth::api_key, Route::Body::optional, &Routes::index},
};

Routes::Routes(Services services, Access access, const Clock& clock, RuleDefaults rules,
               WebhookSecrets webhooks)
    : services_(std::move(services)),
      access_(std::move(access)),
      clock_(clock),
      rules_(std::move(rules)),
      webhooks_(std::move(webhooks)) {}

server::Application Routes::application() {
  return {.admit = [this](const server::RequestHead& head) { return admit(head); },
          .answer = [this](const server::Request& request) { return answer(request); },
          .refuse = [](const Rejection& rejection) { return refusal(rejection); }};
}

const Routes::Route* Routes::find(std::string_view method, std::string_view path) {
  const auto* route = std::ranges::find_if(kTable, [=](const Route& candidate) {
    return candidate.method == method && match(candidate.path, path);
  });
  return route == std::end(kTable) ? nullptr : route;
}

// Empty for a path that does not exist.
std::string Routes::allowed_methods(std::string_view path) {
  std::string methods;
  for (const Route& route : kTable) {
    if (!match(route.path, path)) continue;
    methods += methods.empty() ? "" : ", ";
    methods += route.method;
    if (route.method == "GET") methods += ", HEAD";
  }
  return methods.empty() ? methods : methods + ", OPTIONS";
}

std::variant<server::BodyLimit, Response> Routes::admit(const server::RequestHead& head) const {
  const Route* route = find(method_to_find(head.method), head.path());
  const bool needs_key = route == nullptr || route->auth == Route::Auth::api_key;
  if (needs_key && !access_.allows(head.only_value_of("Authorization"))) return refusal(unauthorized());
  if (route == nullptr) {
    const std::string allowed = allowed_methods(head.path());
    if (allowed.empty()) return refusal(not_found());
    if (head.method != "OPTIONS") return method_not_allowed(allowed);
  } else if (route->body == Route::Body::required && !head.content_length) {
    return refusal(length_required());
  }
  return route == nullptr ? kBodyLimit : route->limit;
}

Response Routes::answer(const server::Request& request) {
  Response response = answer_failures([&] { return dispatch(request); });
  std::string line(request.head.method);
  line.append(" ").append(request.head.path()).append(" ").append(std::to_string(response.status));
  logging::debug(line);
  return response;
}

Response Routes::dispatch(const server::Request& request) {
  const std::string_view path = request.head.path();
  const Route* route = find(method_to_find(request.head.method), path);
  if (route == nullptr) {  // admitted, so it is OPTIONS
    Response response;
    response.headers.emplace_back("Allow", allowed_methods(path));
    return response;
  }
  return (this->*route->handle)({request, *match(route->path, path)});
}

Response Routes::put_user(const Call& call) {
  auto id = user_id(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&id)) return refusal(*rejection);
  const auto user = user_from_json(std::get<UserId>(std::move(id)), call.request.body, rules_.timezone,
                                   services_.is_timezone);
  if (const auto* rejection = std::get_if<Rejection>(&user)) return refusal(*rejection);
  const auto& accepted = std::get<User>(user);
  const auto result = services_.put_user(accepted);
  if (const auto* rejection = std::get_if<Rejection>(&result)) return refusal(*rejection);

  const bool created = std::get<PutOutcome>(result) == PutOutcome::created;
  return json_response(created ? 201 : 200, {{"success", true}, {"userId", accepted.id.value}});
}

Response Routes::get_user(const Call& call) {
  const auto id = user_id(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&id)) return refusal(*rejection);
  const auto record = services_.find_user(std::get<UserId>(id));
  if (!record) {
    return refusal({.status = 404,
                    .code = "unknown_user",
                    .message = "There is no such user; PUT /users/{id} creates one."});
  }
  return json_response(200, to_json(*record, rules_, clock_.now()));
}

Response Routes::process_queue(const Call&) {
  const processor::PassSummary pass = services_.process_queue();
  return json_response(200, {{"success", true},
                             {"message", "Queue processed successfully"},
                             {"lastProcessTime", format_instant(pass.started_at)},
                             {"promoted", pass.promoted},
                             {"deferred", pass.deferred},
                             {"expired", pass.expired},
                             {"cancelled", pass.cancelled},
                             {"failed", pass.failed}});
}

Response Routes::health(const Call&) {
  const processor::ProcessorStatus status = services_.processor_status();
  OrderedJson last_process_time;
  if (status.last_process_time) last_process_time = format_instant(*status.last_process_time);
  return json_response(200, {{"status", "healthy"},
                             {"service", "message-orchestrator"},
                             {"timestamp", format_instant(clock_.now())},
                             {"stats",
                              {{"messagesQueued", messages_queued_.load()},
                               {"messagesProcessed", status.messages_processed},
                               {"lastProcessTime", last_process_time},
                               {"processorRunning", status.running}}}});
}

Response Routes::ready(const Call&) {
  if (!services_.database_ready()) return refusal(unavailable());
  return json_response(200, {{"status", "ready"}});
}

Response Routes::metrics(const Call&) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = services_.metrics_text()};
}

Response Routes::index(const Call&) {
  OrderedJson routes = OrderedJson::array();
  for (const Route& route : kTable) {
    routes.push_back(std::string(route.method).append(" ").append(route.path));
  }
  return json_response(200, {{"service", "message-orchestrator"}, {"routes", routes}});
}

}  // namespace orchestrator::api
