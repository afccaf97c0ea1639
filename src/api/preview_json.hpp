// POST /preview: JSON to PreviewRequest, and the decision to JSON. The message is for a stored user, or for
// one that is described in the request. Pure functions, safe from any thread.
#pragma once

#include <string_view>
#include <variant>

#include "api/responses.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/result.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

struct PreviewRequest {
  Instant at = {};
  QueuedMessage message = {};
  std::variant<UserId, UserFacts> user = {};
};

// `at` defaults to `now`. Nothing is clamped: both `at` and scheduledFor may be any time.
Result<PreviewRequest> preview_request_from_json(std::string_view body, Instant now,
                                                 const RuleDefaults& defaults);

// The decision on the message alone, without regard to the user's other waiting messages.
OrderedJson preview_json(const PreviewRequest& request, const UserFacts& facts, const RuleDefaults& defaults);

}  // namespace orchestrator::api
