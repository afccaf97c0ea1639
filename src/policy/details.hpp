// What each rule saw, as a short sentence for a person: local times where the rule is about them, instants
// in UTC otherwise. Pure, safe from any thread.
#pragma once

#include <string>

#include "policy/rule_table.hpp"

namespace orchestrator::policy {

std::string detail_of_expired(const RuleInput& input);
std::string detail_of_incomplete_sequence(const RuleInput& input);
std::string detail_of_not_due(const RuleInput& input);
std::string detail_of_optimal_time(const RuleInput& input);
std::string detail_of_low_lane(const RuleInput& input);
std::string detail_of_awaiting_render(const RuleInput& input);
std::string detail_of_opted_out(const RuleInput& input);
std::string detail_of_cooldown(const RuleInput& input);
std::string detail_of_hourly_limit(const RuleInput& input);
std::string detail_of_daily_limit(const RuleInput& input);
std::string detail_of_quiet_hours(const RuleInput& input);

}  // namespace orchestrator::policy
