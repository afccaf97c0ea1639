#include "api/user_routes.hpp"

#include <utility>

#include "api/refusals.hpp"
#include "api/user_json.hpp"
#include "text/identifier.hpp"

namespace orchestrator::api {

namespace {

Result<UserId> user_id(const Call& call) {
  auto id = call.id();
  if (!id) return malformed_path_id("user");
  if (auto rejection = text::check_id("The user id in the path", *id)) return *std::move(rejection);
  return UserId(*std::move(id));
}

}  // namespace

Routes UserRoutes::routes() {
  return {
      {"PUT", "/users/{id}", Auth::api_key, Body::required, std::bind_front(&UserRoutes::put, this)},
      {"GET", "/users/{id}", Auth::api_key, Body::optional, std::bind_front(&UserRoutes::get, this)},
  };
}

Result<Response> UserRoutes::put(const Call& call) {
  auto id = user_id(call);
  if (!id) return id.rejection();
  const auto user = user_from_json(*std::move(id), call.request.body, rules_.timezone);
  if (!user) return user.rejection();
  const Result<PutOutcome> outcome = service_.put_user(*user);
  if (!outcome) return outcome.rejection();

  const bool is_new = *outcome == PutOutcome::created;
  return json_response(is_new ? 201 : 200, {{"success", true}, {"userId", user->id.value}});
}

Result<Response> UserRoutes::get(const Call& call) {
  const auto id = user_id(call);
  if (!id) return id.rejection();
  const auto record = service_.find_user(*id);
  if (!record) return unknown_user(id->value, 404);
  return json_response(200, to_json(*record, rules_, clock_.now()));
}

}  // namespace orchestrator::api
