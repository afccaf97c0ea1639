// PostgreSQL implements the same tzdata independently: wall clocks, dates and quiet boundaries agree in every
// zone.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "policy/quiet_interval.hpp"
#include "policy/situations.hpp"
#include "policy/time_zone.hpp"
#include "support/database.hpp"

namespace orchestrator::policy::postgres_zones_test {
namespace {

using namespace situations;
using std::chrono::days;

constexpr int kInstantsPerZone = 12;

struct Situation {
  std::string zone;
  Instant instant;
  QuietHours quiet_hours;
};

// AT TIME ZONE takes a name like CET for the abbreviation, an offset without summer time, not for the zone.
constexpr std::string_view kZoneNames = R"(
  SELECT name
    FROM pg_timezone_names
   WHERE upper(name) NOT IN (SELECT abbrev FROM pg_timezone_abbrevs)
   ORDER BY name)";

std::vector<std::string> zones_known_to_both(pqxx::work& transaction) {
  std::vector<std::string> names;
  for (const auto& row : transaction.exec(std::string(kZoneNames))) {
    const auto name = row[0].as<std::string>();
    if (is_timezone(name)) names.push_back(name);
  }
  return names;
}

std::vector<Situation> any_situations(Draw& draw, const std::vector<std::string>& zones) {
  std::vector<Situation> situations;
  const Instant earliest = at("1975-01-02T00:00:00Z");
  const Instant latest = at("2037-10-01T00:00:00Z");
  for (const std::string& name : zones) {
    for (int i = 0; i < kInstantsPerZone; ++i) {
      const Instant instant = earliest + draw.between(0us, latest - earliest);
      const TimeOfDay start = draw.between(0, 24 * 60) * 1min;
      const TimeOfDay end = draw.between(0, 24 * 60) * 1min;
      situations.push_back({name, instant, {.enabled = true, .start = start, .end = end}});
    }
  }
  return situations;
}

std::int64_t microseconds_of(Instant instant) { return instant.time_since_epoch().count(); }

// The local wall clock, as microseconds since 1970-01-01 00:00 local; whether the offset is the same for two
// days around; and what the day's quiet boundaries are as instants.
constexpr std::string_view kAskPostgres = R"(
  SELECT (extract(epoch FROM local) * 1000000)::bigint,
         local::date - date '1970-01-01',
         local + interval '2 days' = (instant + interval '48 hours') AT TIME ZONE zone
           AND local - interval '2 days' = (instant - interval '48 hours') AT TIME ZONE zone,
         (extract(epoch FROM (local::date + starts) AT TIME ZONE zone) * 1000000)::bigint,
         (extract(epoch FROM (local::date + ends) AT TIME ZONE zone) * 1000000)::bigint
    FROM (SELECT row, zone, instant, instant AT TIME ZONE zone AS local, starts, ends
            FROM (SELECT ordinality AS row,
                         item->>'zone' AS zone,
                         timestamptz 'epoch' + (item->>'us')::bigint * interval '1 microsecond' AS instant,
                         (item->>'start')::bigint * interval '1 microsecond' AS starts,
                         (item->>'end')::bigint * interval '1 microsecond' AS ends
                    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS list(item, ordinality)) AS input) AS times
   ORDER BY row)";

nlohmann::json as_json(const std::vector<Situation>& situations) {
  nlohmann::json list = nlohmann::json::array();
  for (const Situation& s : situations) {
    list.push_back({{"zone", s.zone},
                    {"us", microseconds_of(s.instant)},
                    {"start", s.quiet_hours.start.count()},
                    {"end", s.quiet_hours.end.count()}});
  }
  return list;
}

// Requires that no clock change is near: then the window of the local day begins and ends as in PostgreSQL.
void expect_same_window(const Situation& s, Instant start, Instant end) {
  const Zone local = zone(s.zone);
  const bool is_quiet_from_start = s.quiet_hours.start != s.quiet_hours.end;
  const auto from_start = quiet_interval(start, s.quiet_hours, local);
  ASSERT_EQ(from_start.has_value(), is_quiet_from_start);
  if (!from_start) return;
  EXPECT_EQ(format_instant(from_start->start), format_instant(start));
  EXPECT_FALSE(quiet_interval(start - 1us, s.quiet_hours, local));
  const auto until_end = quiet_interval(end - 1us, s.quiet_hours, local);
  ASSERT_TRUE(until_end);
  EXPECT_EQ(format_instant(until_end->end), format_instant(end));
  EXPECT_FALSE(quiet_interval(end, s.quiet_hours, local));
}

TEST(PostgresZones, AgreeOnWallClocksDatesAndQuietHours) {
  Draw draw(random_seed());
  const support::TestDatabase database;
  pqxx::connection connection(database.url());
  pqxx::work transaction(connection);
  const auto zones = zones_known_to_both(transaction);
  ASSERT_GT(zones.size(), 400U);
  const auto situations = any_situations(draw, zones);
  const auto rows = transaction.exec_params(std::string(kAskPostgres), as_json(situations).dump());
  ASSERT_EQ(rows.size(), situations.size());

  std::size_t ordinary = 0;
  for (std::size_t i = 0; i < situations.size() && !testing::Test::HasFailure(); ++i) {
    const Situation& s = situations[i];
    const auto row = rows[static_cast<pqxx::result::size_type>(i)];
    SCOPED_TRACE(s.zone + " at " + format_instant(s.instant));
    EXPECT_EQ(wall_clock(s.instant, zone(s.zone)).time_since_epoch().count(), row[0].as<std::int64_t>());
    EXPECT_EQ(local_date(s.instant, zone(s.zone)).time_since_epoch().count(), row[1].as<int>());
    const bool is_whole_day_or_none = abs(s.quiet_hours.end - s.quiet_hours.start) == 24h;
    if (!row[2].as<bool>() || is_whole_day_or_none) continue;
    ++ordinary;
    expect_same_window(s, Instant{Duration{row[3].as<std::int64_t>()}},
                       Instant{Duration{row[4].as<std::int64_t>()}});
  }
  EXPECT_GT(ordinary * 20, situations.size() * 19) << "too many situations were skipped";
}

}  // namespace
}  // namespace orchestrator::policy::postgres_zones_test
