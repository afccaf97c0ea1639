// What each rule saw, as a short sentence for a person: local times where the rule is about them, instants
// in UTC otherwise. Pure, safe from any thread.
#pragma once

#include <string>

#include "policy/rule_table.hpp"

namespace orchestrator::policy {

std::string detail_of_expired(const Asked& asked);
std::string detail_of_incomplete_sequence(const Asked& asked);
std::string detail_of_not_due(const Asked& asked);
std::string detail_of_optimal_time(const Asked& asked);
std::string detail_of_low_lane(const Asked& asked);
std::string detail_of_awaiting_render(const Asked& asked);
std::string detail_of_opted_out(const Asked& asked);
std::string detail_of_cooldown(const Asked& asked);
std::string detail_of_hourly_limit(const Asked& asked);
std::string detail_of_daily_limit(const Asked& asked);
std::string detail_of_quiet_hours(const Asked& asked);

}  // namespace orchestrator::policy
