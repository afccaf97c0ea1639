#include "http/routes.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

#include "http/fields.hpp"
#include "http/text.hpp"
#include "http/user_json.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::http {

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

std::string_view path_of(const httplib::Request& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

std::optional<std::string_view> authorization(const RequestHead& head) {
  std::optional<std::string_view> found;
  for (const auto& [name, value] : head.headers) {
    if (!equal_ignoring_case(name, "Authorization")) continue;
    if (found) return std::nullopt;  // two of them: neither counts
    found = value;
  }
  return found;
}

Rejection unauthorized() {
  return {.status = 401,
          .code = "unauthorized",
          .message = "Send a valid API key in the header Authorization: Bearer <key>."};
}

Rejection not_found() {
  return {.status = 404, .code = "not_found", .message = "There is no such path; GET / lists them."};
}

Rejection method_not_allowed(const std::string& allowed) {
  return {.status = 405, .code = "method_not_allowed", .message = "This path answers to " + allowed + "."};
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
  auto text = percent_decode(parameter);
  if (!text || !is_utf8(*text)) {
    return Rejection{.status = 400,
                     .code = "invalid_user_id",
                     .message = "The user id in the path must be percent-encoded UTF-8."};
  }
  if (auto rejection = check_id("The user id in the path", *text)) return *std::move(rejection);
  return UserId(*std::move(text));
}

// Runs `handle` and answers for it when it throws.
template <class Handle>
void answer_failures(httplib::Response& response, const Handle& handle) {
  try {
    handle();
  } catch (const storage::OutcomeUnknown& error) {
    log_warning(std::string("the outcome in storage is unknown: ") + error.what());
    refuse(response, {outcome_unknown()});
  } catch (const storage::Locked& error) {
    log_warning(std::string("rows are held: ") + error.what());
    refuse(response, {held()});
  } catch (const storage::Unavailable& error) {
    log_warning(std::string("storage is unavailable: ") + error.what());
    refuse(response, {unavailable()});
  } catch (const storage::BadData& error) {
    log_warning(std::string("storage refused data: ") + error.what());
    refuse(response, {bad_data()});
  } catch (const std::exception& error) {
    log_error(std::string("a request failed: ") + error.what());
    refuse(response, {internal_error()});
  } catch (...) {
    log_error("a request failed without saying why");
    refuse(response, {internal_error()});
  }
}

}  // namespace

// The busiest first: the table is searched from the top.
const Routes::Route Routes::kTable[] = {
    {"POST", "/schedule-message", Route::Door::keys, Route::Body::required, &Routes::schedule_message},
    {"POST", "/schedule-messages", Route::Door::keys, Route::Body::required, &Routes::schedule_messages,
     kBulkBodyLimit},
    {"GET", "/messages/{id}", Route::Door::keys, Route::Body::optional, &Routes::get_message},
    {"DELETE", "/messages/{id}", Route::Door::keys, Route::Body::optional, &Routes::cancel_message},
    {"GET", "/messages/{id}/why", Route::Door::keys, Route::Body::optional, &Routes::explain_message},
    {"POST", "/preview", Route::Door::keys, Route::Body::required, &Routes::preview},
    {"PUT", "/users/{id}", Route::Door::keys, Route::Body::required, &Routes::put_user},
    {"GET", "/users/{id}", Route::Door::keys, Route::Body::optional, &Routes::get_user},
    {"POST", "/inbound-messages", Route::Door::keys, Route::Body::required, &Routes::receive_message},
    {"POST", "/webhooks/twilio/sms", Route::Door::open, Route::Body::required, &Routes::twilio_message},
    {"POST", "/webhooks/twilio/status", Route::Door::open, Route::Body::required, &Routes::twilio_status},
    {"GET", "/webhooks/whatsapp", Route::Door::open, Route::Body::optional, &Routes::whatsapp_challenge},
    {"POST", "/webhooks/whatsapp", Route::Door::open, Route::Body::required, &Routes::whatsapp_news,
     kWhatsAppBodyLimit},
    {"GET", "/reformulations", Route::Door::keys, Route::Body::optional, &Routes::list_reformulations},
    {"POST", "/reformulations/{id}/done", Route::Door::keys, Route::Body::optional,
     &Routes::finish_reformulation},
    {"GET", "/events", Route::Door::keys, Route::Body::optional, &Routes::stream_events},
    {"POST", "/inbound/claim", Route::Door::keys, Route::Body::optional, &Routes::claim_turn},
    {"POST", "/inbound/{id}/complete", Route::Door::keys, Route::Body::required, &Routes::complete_turn},
    {"POST", "/inbound/{id}/fail", Route::Door::keys, Route::Body::required, &Routes::fail_turn},
    {"POST", "/inbound/{id}/renew", Route::Door::keys, Route::Body::required, &Routes::renew_turn},
    {"GET", "/api/admin/coordinator/stats", Route::Door::keys, Route::Body::optional,
     &Routes::coordinator_stats},
    {"GET", "/api/admin/coordinator/contact/{id}", Route::Door::keys, Route::Body::optional,
     &Routes::coordinator_contact},
    {"POST", "/api/admin/coordinator/flush/{id}", Route::Door::keys, Route::Body::optional,
     &Routes::flush_contact},
    {"POST", "/api/admin/coordinator/emergency-flush", Route::Door::keys, Route::Body::optional,
     &Routes::emergency_flush},
    {"POST", "/api/admin/coordinator/unlock/{id}", Route::Door::keys, Route::Body::optional,
     &Routes::unlock_contact},
    {"POST", "/api/admin/coordinator/unlock", Route::Door::keys, Route::Body::optional, &Routes::unlock_all},
    {"POST", "/api/admin/coordinator/detect-deadlocks", Route::Door::keys, Route::Body::optional,
     &Routes::detect_deadlocks},
    {"POST", "/api/admin/coordinator/test", Route::Door::keys, Route::Body::optional,
     &Routes::test_coordinator},
    {"GET", "/api/admin/handlers-health", Route::Door::keys, Route::Body::optional, &Routes::handlers_health},
    {"GET", "/api/health", Route::Door::keys, Route::Body::optional, &Routes::api_health},
    {"GET", "/queue-stats", Route::Door::keys, Route::Body::optional, &Routes::queue_stats},
    {"POST", "/process-queue", Route::Door::keys, Route::Body::optional, &Routes::process_queue},
    {"GET", "/health", Route::Door::open, Route::Body::optional, &Routes::health},
    {"GET", "/ready", Route::Door::open, Route::Body::optional, &Routes::ready},
    {"GET", "/metrics", Route::Door::keys, Route::Body::optional, &Routes::metrics},
    {"GET", "/", Route::Door::keys, Route::Body::optional, &Routes::index},
};

Routes::Routes(Services services, Access access, const Clock& clock, RuleDefaults rules,
               WebhookSecrets webhooks)
    : services_(std::move(services)),
      access_(std::move(access)),
      clock_(clock),
      rules_(std::move(rules)),
      webhooks_(std::move(webhooks)) {}

Application Routes::application() {
  return {.admit = [this](const RequestHead& head) { return admit(head); },
          .answer = [this](const httplib::Request& request,
                           httplib::Response& response) { answer(request, response); }};
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

std::variant<BodyLimit, Refusal> Routes::admit(const RequestHead& head) const {
  const Route* route = find(method_to_find(head.method), head.path());
  const bool is_open = route != nullptr && route->door == Route::Door::open;
  if (!is_open && !access_.allows(authorization(head))) return Refusal{unauthorized()};
  if (route == nullptr) {
    const std::string allowed = allowed_methods(head.path());
    if (allowed.empty()) return Refusal{not_found()};
    if (head.method != "OPTIONS") return Refusal{method_not_allowed(allowed), allowed};
  } else if (route->body == Route::Body::required && !head.content_length) {
    return Refusal{length_required()};
  }
  return route == nullptr ? kBodyLimit : route->limit;
}

void Routes::answer(const httplib::Request& request, httplib::Response& response) {
  answer_failures(response, [&] { dispatch(request, response); });
  std::string line = request.method;
  line.append(" ").append(path_of(request)).append(" ").append(std::to_string(response.status));
  log_debug(line);
}

void Routes::dispatch(const httplib::Request& request, httplib::Response& response) {
  const std::string_view path = path_of(request);
  const Route* route = find(method_to_find(request.method), path);
  if (route == nullptr) {  // admitted, so it is OPTIONS
    response.status = 200;
    response.set_header("Allow", allowed_methods(path));
    return;
  }
  (this->*route->handle)({request, response, *match(route->path, path)});
}

void Routes::put_user(const Call& call) {
  auto id = user_id(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&id)) return refuse(call.response, {*rejection});
  const auto user = user_from_json(std::get<UserId>(std::move(id)), call.request.body, rules_.timezone,
                                   services_.is_timezone);
  if (const auto* rejection = std::get_if<Rejection>(&user)) return refuse(call.response, {*rejection});
  const auto& accepted = std::get<User>(user);
  const auto result = services_.put_user(accepted);
  if (const auto* rejection = std::get_if<Rejection>(&result)) return refuse(call.response, {*rejection});

  const bool created =
      std::get<storage::UserStore::PutOutcome>(result) == storage::UserStore::PutOutcome::created;
  respond(call.response, created ? 201 : 200, {{"success", true}, {"userId", accepted.id.value}});
}

void Routes::get_user(const Call& call) {
  const auto id = user_id(call.parameter);
  if (const auto* rejection = std::get_if<Rejection>(&id)) return refuse(call.response, {*rejection});
  const auto record = services_.find_user(std::get<UserId>(id));
  if (!record) {
    return refuse(call.response, {{.status = 404,
                                   .code = "unknown_user",
                                   .message = "There is no such user; PUT /users/{id} creates one."}});
  }
  respond(call.response, 200, to_json(*record, rules_, clock_.now()));
}

void Routes::process_queue(const Call& call) {
  const PassSummary pass = services_.process_queue();
  respond(call.response, 200,
          {{"success", true},
           {"message", "Queue processed successfully"},
           {"lastProcessTime", format_instant(pass.started_at)},
           {"promoted", pass.promoted},
           {"deferred", pass.deferred},
           {"expired", pass.expired},
           {"cancelled", pass.cancelled},
           {"failed", pass.failed}});
}

void Routes::health(const Call& call) {
  const ProcessorStatus status = services_.processor_status();
  OrderedJson last_process_time;
  if (status.last_process_time) last_process_time = format_instant(*status.last_process_time);
  respond(call.response, 200,
          {{"status", "healthy"},
           {"service", "message-orchestrator"},
           {"timestamp", format_instant(clock_.now())},
           {"stats",
            {{"messagesQueued", messages_queued_.load()},
             {"messagesProcessed", status.messages_processed},
             {"lastProcessTime", last_process_time},
             {"processorRunning", status.running}}}});
}

void Routes::ready(const Call& call) {
  if (!services_.database_ready()) return refuse(call.response, {unavailable()});
  respond(call.response, 200, {{"status", "ready"}});
}

void Routes::metrics(const Call& call) {
  call.response.status = 200;
  call.response.set_content(services_.metrics_text(), "text/plain; version=0.0.4; charset=utf-8");
}

void Routes::index(const Call& call) {
  OrderedJson routes = OrderedJson::array();
  for (const Route& route : kTable) {
    routes.push_back(std::string(route.method).append(" ").append(route.path));
  }
  respond(call.response, 200, {{"service", "message-orchestrator"}, {"routes", routes}});
}

}  // namespace orchestrator::http
