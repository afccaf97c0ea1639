// Random inputs of the rules: unusual zones, limits, facts, and instants near clock changes.
#pragma once

#include <algorithm>

#include "policy/oracle.hpp"

namespace orchestrator::policy::situations {

inline TimeOfDay any_time_of_day(Draw& draw) {
  const Duration precisions[] = {1h, 1h, 15min, 1min, 1s, 1us};
  const Duration precision = draw.any_of(precisions);
  return precision * draw.between(0, 24h / precision);
}

inline Limits any_limits(Draw& draw) {
  const std::string_view zones[] = {"America/New_York",  "Europe/London",     "Australia/Lord_Howe",
                                    "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu",
                                    "Pacific/Apia",      "Asia/Beirut",       "America/Havana",
                                    "America/St_Johns",  "Pacific/Chatham",   "Pacific/Kiritimati",
                                    "Etc/GMT+12",        "Asia/Tehran",       "America/Asuncion",
                                    "Europe/Moscow",     "Asia/Pyongyang",    "UTC",
                                    "America/Caracas",   "Antarctica/Troll"};
  const std::chrono::seconds cooldowns[] = {0s, 30s, 30s, 45min, 3h};
  Limits limits = no_limits(draw.any_of(zones));
  limits.cooldown = draw.any_of(cooldowns);
  limits.hourly = static_cast<int>(draw.between(0, 5));
  limits.daily = static_cast<int>(draw.between(0, 3));
  limits.quiet_hours = {!draw.one_in(8), any_time_of_day(draw), any_time_of_day(draw)};
  if (draw.one_in(3)) limits.quiet_hours = QuietHours{};
  const bool is_endless = limits.quiet_hours.start == 0h && limits.quiet_hours.end == 24h;
  if (is_endless) limits.quiet_hours.end = 23h;
  return limits;
}

inline Instant any_instant(Draw& draw, const Zone& zone) {
  const Instant any = at("2005-01-01T00:00:00Z") + draw.between(0s, 32 * 8766h);
  if (draw.one_in(2)) return any;
  for (Instant day = any; day < any + 400 * 24h; day += 24h) {
    if (clocks_change_around(day, zone)) return day + draw.between(-60h, 60h);
  }
  return any;
}

inline UserFacts any_facts(Draw& draw, Instant from, const Limits& limits) {
  UserFacts facts;
  if (!draw.one_in(3)) facts.last_outbound_at = from - draw.between(-1min, 2 * limits.cooldown + 1h);
  if (draw.one_in(2)) facts.last_inbound_at = from - draw.between(-30min, 20min);
  const auto sends = draw.between(0, 8);
  for (int i = 0; i < sends; ++i) facts.recent_sends.push_back(from - draw.between(-1min, 90min));
  std::ranges::sort(facts.recent_sends);
  if (!draw.one_in(5)) facts.counted_date = local_date(from, limits.zone) + days{draw.between(-2, 2) / 2};
  facts.sent_on_date = static_cast<int>(draw.between(0, 4));
  return facts;
}

}  // namespace orchestrator::policy::situations
