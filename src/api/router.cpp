#include "api/router.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "api/refusals.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"
#include "text/form.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

constexpr std::string_view kParameter = "{id}";

// The part of `path` that matches the pattern's parameter, empty for a pattern without one; nothing if the
// path does not match.
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

// HEAD is answered like GET; the server leaves out the body.
std::string_view method_to_find(std::string_view method) { return method == "HEAD" ? "GET" : method; }

Rejection logged(Rejection rejection, std::string_view cause, const std::exception& error) {
  logging::warning("Request refused with " + std::to_string(rejection.status) + ": " + std::string(cause) +
                   ": " + error.what());
  return rejection;
}

// The result of `handle`, or the refusal for the exception that it throws.
template <class Handle>
Result<Response> refuse_failures(const Handle& handle) {
  try {
    return handle();
  } catch (const storage::OutcomeUnknown& error) {
    return logged(outcome_unknown(), "the outcome of its transaction is unknown", error);
  } catch (const storage::Locked& error) {
    return logged(rows_locked(), "another transaction has locked the rows", error);
  } catch (const storage::Unavailable& error) {
    return logged(unavailable(), "the database is unavailable", error);
  } catch (const storage::BadData& error) {
    return logged(unstorable(), "the database cannot store its data", error);
  } catch (const std::exception& error) {
    logging::error(std::string("Request failed: ") + error.what());
  } catch (...) {
    logging::error("Request failed with an exception of unknown type");
  }
  return internal_error();
}

// The response to a request that `handle` handles.
template <class Handle>
Response respond(const server::Request& request, const Handle& handle) {
  auto result = refuse_failures(handle);
  Response response = result ? *std::move(result) : error_response(result.rejection());
  std::string line(request.head.method);
  line.append(" ").append(request.head.path()).append(" ").append(std::to_string(response.status));
  logging::debug(line);
  return response;
}

}  // namespace

std::optional<std::string> Call::id() const {
  auto text = text::percent_decode(parameter);
  return text && text::is_utf8(*text) ? text : std::nullopt;
}

Router::Router(const std::vector<Routes>& subjects, ApiKeys keys) : keys_(std::move(keys)) {
  for (const Routes& routes : subjects) routes_.insert(routes_.end(), routes.begin(), routes.end());
  routes_.push_back({"GET", "/", Auth::api_key, Body::optional,
                     [this](const Call&) -> Result<Response> { return list_routes(); }});
}

server::Application Router::application() {
  return {.admit = [this](const server::RequestHead& head) { return admit(head); },
          .answer = [this](const server::Request& request) { return answer(request); },
          .refuse = error_response};
}

const Route* Router::find(std::string_view method, std::string_view path) const {
  const auto route = std::ranges::find_if(routes_, [=](const Route& candidate) {
    return candidate.method == method && match(candidate.path, path);
  });
  return route == routes_.end() ? nullptr : &*route;
}

// Empty for a path that does not exist.
std::string Router::allowed_methods(std::string_view path) const {
  std::string methods;
  for (const Route& route : routes_) {
    if (!match(route.path, path)) continue;
    methods += methods.empty() ? "" : ", ";
    methods += route.method;
    if (route.method == "GET") methods += ", HEAD";
  }
  return methods.empty() ? methods : methods + ", OPTIONS";
}

server::Admission Router::admit(const server::RequestHead& head) const {
  const Route* route = find(method_to_find(head.method), head.path());
  const bool needs_key = route == nullptr || route->auth == Auth::api_key;
  if (needs_key && !keys_.allow(head.only_value_of("Authorization"))) return error_response(unauthorized());
  if (route == nullptr) {
    const std::string allowed = allowed_methods(head.path());
    if (allowed.empty()) return error_response(path_not_found());
    if (head.method == "OPTIONS") return kBodyLimit;
    Response response = error_response(method_not_allowed(allowed));
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  if (route->body == Body::required && !head.content_length) return error_response(length_required());
  if (route->receive_body) return receiver_for(*route, head);
  return route->limit;
}

server::BodyReceiver Router::receiver_for(const Route& route, const server::RequestHead& head) const {
  auto [receive, handle] = route.receive_body(head);
  const auto answer = [handle = std::move(handle), &path = route.path](const server::Request& request) {
    return respond(request, [&] { return handle({request, *match(path, request.head.path())}); });
  };
  return {.limit = route.limit, .receive = std::move(receive), .answer = answer};
}

Response Router::answer(const server::Request& request) const {
  return respond(request, [&] { return dispatch(request); });
}

Result<Response> Router::dispatch(const server::Request& request) const {
  const std::string_view path = request.head.path();
  const Route* route = find(method_to_find(request.head.method), path);
  if (route == nullptr) {  // admit() accepts only OPTIONS without a route
    Response response;
    response.headers.emplace_back("Allow", allowed_methods(path));
    return response;
  }
  return route->handle({request, *match(route->path, path)});
}

Response Router::list_routes() const {
  OrderedJson routes = OrderedJson::array();
  for (const Route& route : routes_) {
    routes.push_back(std::string(route.method).append(" ").append(route.path));
  }
  return json_response(200, {{"service", "message-orchestrator"}, {"routes", routes}});
}

}  // namespace orchestrator::api
