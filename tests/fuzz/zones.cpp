// Time-zone names and local times.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "fuzz/targets.hpp"
#include "policy/policy.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::fuzz {

namespace {

using namespace policy;
using namespace std::chrono_literals;

// Half an hour of summer time, skipped days, skipped midnights, and a zone without transitions.
constexpr std::array<std::string_view, 8> kZones = {
    "America/New_York", "Europe/London",     "Australia/Lord_Howe", "Pacific/Apia",
    "Asia/Kathmandu",   "America/Sao_Paulo", "Africa/Cairo",        "Etc/UTC"};

// The first eight bytes are the instant, the rest is the zone name.
Instant instant_in(std::string_view input) {
  std::uint64_t number = 0;
  std::memcpy(&number, input.data(), sizeof number);
  constexpr std::uint64_t kMicrosecondsToTheYear2100 = 4'102'444'800'000'000;
  return Instant{Duration{static_cast<std::int64_t>(number % kMicrosecondsToTheYear2100)}};
}

void check_clocks(Instant instant, const Zone& zone) {
  const WallClock wall = wall_clock(instant, zone);
  const Instant first = instant_of(wall, zone, Occurrence::first);
  const Instant second = instant_of(wall, zone, Occurrence::second);
  require(first <= second, "the first comes before the second");
  require(instant == first || instant == second, "a clock that is read tells when it was read");
  const Instant hour = next_hour(instant, zone);
  require(hour > instant && hour <= instant + 1h, "the next hour begins within one");
  const LocalDate today = local_date(instant, zone);
  const Instant end = end_of_date(today, instant, zone);
  require(end > instant && end <= instant + 49h, "a date ends");
  require(local_date(end, zone) > today, "after a date comes a later one");
}

}  // namespace

void check_zones(std::string_view input) {
  if (input.size() < sizeof(std::uint64_t)) return;
  const Instant instant = instant_in(input);
  const std::string_view name = input.substr(sizeof(std::uint64_t));
  const Zone zone = zone_or_default(name, kZones[name.size() % kZones.size()]);
  require(zone.is_fallback == !is_timezone(name), "a zone is what it is asked for, or says that it is not");
  require(zone.is_fallback || name_of(zone) == name, "a zone has one name");
  check_clocks(instant, zone);
}

}  // namespace orchestrator::fuzz
