#include "policy/time_zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <stdexcept>

namespace orchestrator::policy {

namespace {

// Does not throw for unknown names, unlike date::locate_zone: users' rows may contain any text, and a pass
// reads thousands of them.
const date::time_zone* find_zone(std::string_view name) {
  // A link to this machine's own setting, which differs between machines.
  if (name == "localtime") return nullptr;
  const auto& zones = date::get_tzdb().zones;
  const auto by_name = [](const date::time_zone& zone) -> std::string_view { return zone.name(); };
  const auto found = std::ranges::lower_bound(zones, name, {}, by_name);
  return found != zones.end() && found->name() == name ? &*found : nullptr;
}

// Also null if the zone's file, or the whole database, cannot be read.
const date::time_zone* usable_zone(std::string_view name) {
  try {
    const date::time_zone* zone = find_zone(name);
    if (zone != nullptr) zone->get_info(date::sys_seconds{});  // reads the file if it was not read before
    return zone;
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::string read_database_version() {
  const std::string version = date::get_tzdb().version;
  if (version != "unknown") return version;
  // Debian ships no version file; tzdata.zi begins with "# version 2025b".
  std::ifstream source("/usr/share/zoneinfo/tzdata.zi");
  std::string hash, label, number;
  if (source >> hash >> label >> number && hash == "#" && label == "version") return number;
  return version;
}

}  // namespace

bool is_timezone(std::string_view name) { return usable_zone(name) != nullptr; }

std::string timezone_database_version() {
  static const std::string version = read_database_version();
  return version;
}

Zone zone_or_default(std::string_view name, std::string_view default_name) {
  if (const date::time_zone* zone = usable_zone(name)) return {zone, false};
  if (const date::time_zone* zone = usable_zone(default_name)) return {zone, true};
  throw std::runtime_error("Time zone '" + std::string(name) + "' and the default '" +
                           std::string(default_name) +
                           "' are unusable; set DEFAULT_TIMEZONE to an IANA name");
}

std::string name_of(const Zone& zone) { return zone.zone->name(); }

WallClock wall_clock(Instant instant, const Zone& zone) {
  return WallClock{instant.time_since_epoch() + zone.zone->get_info(instant).offset};
}

LocalDate local_date(Instant instant, const Zone& zone) {
  return std::chrono::floor<std::chrono::days>(wall_clock(instant, zone));
}

Instant instant_of(WallClock wall_clock, const Zone& zone, Occurrence occurrence) {
  const Duration since_epoch = wall_clock.time_since_epoch();
  const date::local_info info = zone.zone->get_info(date::local_time<Duration>{since_epoch});
  if (info.result == date::local_info::nonexistent) return info.first.end;
  const bool is_second = info.result == date::local_info::ambiguous && occurrence == Occurrence::second;
  return Instant{since_epoch - (is_second ? info.second.offset : info.first.offset)};
}

Instant next_hour(Instant instant, const Zone& zone) {
  const date::sys_info info = zone.zone->get_info(instant);
  const WallClock wall{instant.time_since_epoch() + info.offset};
  const WallClock next = std::chrono::floor<std::chrono::hours>(wall) + std::chrono::hours{1};
  return std::min(instant + (next - wall), Instant{info.end});
}

Instant end_of_date(LocalDate date, Instant instant, const Zone& zone) {
  const WallClock midnight = date + std::chrono::days{1};
  const Instant first = instant_of(midnight, zone, Occurrence::first);
  // If clocks are set back shortly after midnight, the old date returns, and the new one begins twice.
  return first > instant ? first : instant_of(midnight, zone, Occurrence::second);
}

}  // namespace orchestrator::policy
