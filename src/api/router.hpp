// Finds the route for a request and answers it: knows paths, methods, API keys and body limits, but no
// subject. The subjects (message_routes.hpp, user_routes.hpp, …) list their routes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/api_keys.hpp"
#include "api/responses.hpp"
#include "orchestrator/result.hpp"
#include "server/application.hpp"

namespace orchestrator::api {

enum class Auth { none, api_key };
enum class Body { optional, required };

inline constexpr server::BodyLimit kBodyLimit{std::size_t{1024} * 1024};

struct Call {
  const server::Request& request;
  std::string_view parameter;  // the part of the path that matches {id}, percent-encoded

  // The parameter decoded; nothing if it is not percent-encoded UTF-8.
  std::optional<std::string> id() const;
};

// Takes the body of one request while it arrives; see server::BodyReceiver.
struct BodySink {
  std::function<std::size_t(std::string_view)> receive;
  std::function<Result<Response>(const Call&)> handle;  // may throw like Route::handle
};

struct Route {
  std::string_view method;
  std::string_view path;  // may contain {id}, which matches one segment
  Auth auth = Auth::api_key;
  Body body = Body::optional;
  // Called from many threads at once. May throw what storage/errors.hpp lists; the router maps it to a
  // refusal.
  std::function<Result<Response>(const Call&)> handle = {};
  server::BodyLimit limit = kBodyLimit;
  // In place of `handle`, for a body that is not collected. Called with the request head; must not throw.
  std::function<BodySink(const server::RequestHead&)> receive_body = {};
};

// The routes of one subject.
using Routes = std::vector<Route>;

// Safe for concurrent use.
class Router {
 public:
  // Searches the table from the top, so the busiest subjects come first. Adds GET /, which lists all routes.
  Router(const std::vector<Routes>& subjects, ApiKeys keys);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // For the server, which must not outlive the router.
  server::Application application();

 private:
  const Route* find(std::string_view method, std::string_view path) const;
  std::string allowed_methods(std::string_view path) const;

  server::Admission admit(const server::RequestHead& head) const;
  server::BodyReceiver receiver_for(const Route& route, const server::RequestHead& head) const;
  Response answer(const server::Request& request) const;
  Result<Response> dispatch(const server::Request& request) const;
  Response list_routes() const;

  std::vector<Route> routes_;
  const ApiKeys keys_;
};

}  // namespace orchestrator::api
