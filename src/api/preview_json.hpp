// POST /preview: what would be decided about a message, of a stored person or one described inline. Pure
// functions, safe from any thread.
#pragma once

#include <functional>
#include <string_view>
#include <variant>

#include "api/answer.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

struct PreviewRequest {
  Instant at = {};
  QueuedMessage message = {};
  std::variant<UserId, UserFacts> user = {};
};

// Without `at`, at `now`. Nothing is clamped: both `at` and scheduledFor may be any time.
std::variant<PreviewRequest, Rejection> preview_request_from_json(
    std::string_view body, Instant now, const RuleDefaults& defaults,
    const std::function<bool(std::string_view)>& is_timezone);

// The decision on the message by itself, whatever else waits for the person.
OrderedJson preview_json(const PreviewRequest& request, const UserFacts& facts, const RuleDefaults& defaults);

}  // namespace orchestrator::api
