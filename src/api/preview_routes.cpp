#include "api/preview_routes.hpp"

#include "api/preview_json.hpp"

namespace orchestrator::api {

Routes PreviewRoutes::routes() {
  return {
      {"POST", "/preview", Auth::api_key, Body::required, std::bind_front(&PreviewRoutes::preview, this)}};
}

Result<Response> PreviewRoutes::preview(const Call& call) {
  const auto request = preview_request_from_json(call.request.body, clock_.now(), rules_);
  if (!request) return request.rejection();
  if (const auto* inline_facts = std::get_if<UserFacts>(&request->user)) {
    return json_response(200, preview_json(*request, *inline_facts, rules_));
  }
  const auto& id = std::get<UserId>(request->user);
  const auto stored = users_.find_user(id);
  if (!stored) return unknown_user(id.value, 422);
  return json_response(200, preview_json(*request, stored->facts, rules_));
}

}  // namespace orchestrator::api
