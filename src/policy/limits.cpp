#include "policy/limits.hpp"

namespace orchestrator::policy {

namespace {

int limit_in_force(const std::optional<int>& own, int fallback) {
  return own.has_value() && *own >= 0 ? *own : fallback;
}

}  // namespace

Limits limits_in_force(const UserFacts& facts, const RuleDefaults& defaults) {
  return {.cooldown = defaults.cooldown,
          .hourly = limit_in_force(facts.hourly_limit, defaults.hourly_limit),
          .daily = limit_in_force(facts.daily_limit, defaults.daily_limit),
          .quiet_hours = {.enabled = facts.quiet_hours_enabled.value_or(defaults.quiet_hours.enabled),
                          .start = facts.quiet_hours_start.value_or(defaults.quiet_hours.start),
                          .end = facts.quiet_hours_end.value_or(defaults.quiet_hours.end)},
          .active_window = defaults.active_window,
          .zone = zone_or_default(facts.timezone, defaults.timezone),
          .has_renderer = defaults.has_renderer};
}

}  // namespace orchestrator::policy
