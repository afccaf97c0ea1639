// The limits in force for one user: their own settings, otherwise the configured defaults. Pure, safe from
// any thread.
#pragma once

#include <chrono>

#include "orchestrator/rules.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy {

struct Limits {
  std::chrono::seconds cooldown{};
  int hourly = 0;  // messages in any 60 minutes; 0: no limit
  int daily = 0;   // messages per local calendar day; 0: no limit
  QuietHours quiet_hours = {};
  std::chrono::seconds active_window{};
  Zone zone = {};
  bool has_renderer = false;  // an LLM is configured
};

// Throws if neither the user's time zone nor the default is usable.
Limits limits_in_force(const UserFacts& facts, const RuleDefaults& defaults);

}  // namespace orchestrator::policy
