#pragma once

#include "policy/limits.hpp"

namespace orchestrator::policy {

// The first instant at or after `from` at which quiet hours do not block; for callers that check no other
// rule.
Instant quiet_hours_pass_at(Instant from, const UserFacts& facts, const Limits& limits);

}  // namespace orchestrator::policy
