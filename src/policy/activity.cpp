#include "policy/activity.hpp"

#include <algorithm>

namespace orchestrator::policy {

bool is_active(Instant now, const UserFacts& facts, const Limits& limits) {
  const auto& inbound = facts.last_inbound_at;
  return inbound && *inbound <= now && now < *inbound + limits.active_window;
}

Instant unless_active(Instant from, Instant until, const UserFacts& facts, const Limits& limits) {
  if (!facts.last_inbound_at) return until;
  const Instant active_from = std::max(from, *facts.last_inbound_at);
  return is_active(active_from, facts, limits) ? std::min(active_from, until) : until;
}

}  // namespace orchestrator::policy
