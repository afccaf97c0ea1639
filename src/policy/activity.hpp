// Active users. A user is active in [last inbound, last inbound + active_window). Some rules do not apply to
// active users; the table in rules/rules.hpp lists them. Pure, safe from any thread.
#pragma once

#include "policy/limits.hpp"

namespace orchestrator::policy {

bool is_active(Instant now, const UserFacts& facts, const Limits& limits);

// For a rule that blocks in [from, until) but does not apply to active users: the first instant at or after
// `from` at which it passes.
Instant unless_active(Instant from, Instant until, const UserFacts& facts, const Limits& limits);

}  // namespace orchestrator::policy
