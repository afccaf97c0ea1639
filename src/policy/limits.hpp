// What the rules need to know before they can be asked: a person's zone, and the numbers in force for them.
// Pure, safe from any thread; follows from the arguments and the machine's time-zone database (tzdata).
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/rules.hpp"

namespace date {
class time_zone;
}

namespace orchestrator::policy {

// A name in the time-zone database, links ("US/Eastern") included, spelled exactly so. Never throws.
bool is_timezone(std::string_view name);

// The version of the time-zone database in use, e.g. "2025b", or "unknown": with it, computed instants may
// change. Its transitions are known up to 2037; after that, zones keep the offset they have then.
std::string timezone_database_version();

// A person's zone. An unusable name falls back to the default, visibly.
struct Zone {
  const date::time_zone* zone = nullptr;  // lives as long as the process
  bool is_fallback = false;
};
Zone zone_or_default(std::string_view name, std::string_view default_name);  // throws if neither is usable

LocalDate local_date(Instant instant, const Zone& zone);

// The numbers in force for one person: their own settings, else the defaults.
struct Limits {
  std::chrono::seconds cooldown{};
  int hourly = 0;  // 0 = none
  int daily = 0;   // 0 = none
  QuietHours quiet_hours = {};
  std::chrono::seconds active_window{};
  Zone zone = {};
  bool has_renderer = false;  // an LLM can be asked
};
Limits limits_in_force(const UserFacts& facts, const RuleDefaults& defaults);

}  // namespace orchestrator::policy
