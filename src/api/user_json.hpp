// PUT and GET /users/{id}: JSON to User, and UserRecord to JSON. Pure functions, safe from any thread.
#pragma once

#include <string_view>

#include "api/responses.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/result.hpp"
#include "orchestrator/rules.hpp"
#include "policy/limits.hpp"

namespace orchestrator::api {

// Absent fields take their defaults, because PUT replaces all settings. The read-only fields of GET's
// response are ignored.
Result<User> user_from_json(UserId id, std::string_view body, std::string_view default_timezone);

// The rule that blocks all messages of a user at `now`, {by, until}, or null. Evaluates the rules again,
// because the stored gate dates from the last evaluation by a pass.
OrderedJson blocked_json(const UserFacts& facts, const policy::Limits& limits, Instant now);

// The settings as PUT accepts them, the settings in force, and the state of the rules at `now`.
OrderedJson to_json(const UserRecord& record, const RuleDefaults& defaults, Instant now);

}  // namespace orchestrator::api
