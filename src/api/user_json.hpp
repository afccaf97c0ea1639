// PUT and GET /users/{id}: JSON to User, and UserRecord to JSON. Pure functions, safe from any thread.
#pragma once

#include <functional>
#include <string_view>
#include <variant>

#include "api/answer.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"
#include "orchestrator/rules.hpp"
#include "policy/limits.hpp"

namespace orchestrator::api {

// Absent fields take their defaults: PUT replaces all settings. What GET tells besides them is let pass.
std::variant<User, Rejection> user_from_json(UserId id, std::string_view body,
                                             std::string_view default_timezone,
                                             const std::function<bool(std::string_view)>& is_timezone);

// What holds all messages of a person at `now`, {by, until}, or null. Asked of the rules anew: what is stored
// is of the last time that the person was looked at.
OrderedJson blocked_json(const UserFacts& facts, const policy::Limits& limits, Instant now);

// The settings as PUT takes them, the numbers in force, and what the rules say at `now`.
OrderedJson to_json(const UserRecord& record, const RuleDefaults& defaults, Instant now);

}  // namespace orchestrator::api
