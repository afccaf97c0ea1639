#include "model/calendar.hpp"

#include <algorithm>
#include <optional>

namespace orchestrator::model {

namespace {

using std::chrono::hours;

// Offsets change at multiples of 15 minutes; the offset of such an instant is the new one.
std::string offsets_query(const std::string& zone, Instant from, Instant to) {
  return "SELECT (extract(epoch FROM moment) * 1000000)::bigint, seconds FROM ("
         "SELECT moment, seconds, lag(seconds) OVER (ORDER BY moment) AS before FROM ("
         "SELECT moment, extract(epoch FROM (moment AT TIME ZONE '" +
         zone +
         "') - (moment AT TIME ZONE 'UTC'))::bigint AS seconds "
         "FROM generate_series(timestamptz '" +
         format_instant(from) + "', '" + format_instant(to) +
         "', '15 minutes') AS moment) AS measured) AS compared "
         "WHERE before IS DISTINCT FROM seconds ORDER BY moment";
}

}  // namespace

std::size_t ZoneClock::index_at(Instant instant) const {
  std::size_t i = 0;
  while (i + 1 < offsets_.size() && offsets_[i + 1].from <= instant) ++i;
  return i;
}

Wall ZoneClock::wall(Instant instant) const {
  return Wall{(instant + offsets_[index_at(instant)].east_of_utc).time_since_epoch()};
}

Instant ZoneClock::first(Wall wall) const {
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    const Instant shown{wall.time_since_epoch() - offsets_[i].east_of_utc};
    if (i > 0 && shown < offsets_[i].from) return offsets_[i].from;
    if (i + 1 == offsets_.size() || shown < offsets_[i + 1].from) return shown;
  }
  return Instant::max();
}

Instant ZoneClock::last(Wall wall) const {
  for (std::size_t i = offsets_.size(); i-- > 0;) {
    const Instant shown{wall.time_since_epoch() - offsets_[i].east_of_utc};
    if (i + 1 < offsets_.size() && shown >= offsets_[i + 1].from) return offsets_[i + 1].from;
    if (i == 0 || shown >= offsets_[i].from) return shown;
  }
  return Instant::min();
}

Instant ZoneClock::next_hour(Instant after) const {
  const std::size_t i = index_at(after);
  const Wall shown = std::chrono::floor<hours>(wall(after)) + hours{1};
  const Instant next{shown.time_since_epoch() - offsets_[i].east_of_utc};
  return i + 1 < offsets_.size() ? std::min(next, offsets_[i + 1].from) : next;
}

Calendar::Calendar(support::Sql& sql, const std::vector<std::string>& zones, Instant from, Instant to)
    : default_zone_(zones.front()) {
  for (const std::string& zone : zones) {
    std::vector<ZoneClock::Offset> offsets;
    pqxx::nontransaction session(sql.connection());
    for (const auto& row : session.exec(offsets_query(zone, from, to))) {
      offsets.push_back(
          {Instant{Duration{row[0].as<std::int64_t>()}}, std::chrono::seconds{row[1].as<std::int64_t>()}});
    }
    clocks_.emplace(zone, ZoneClock{std::move(offsets)});
  }
}

const ZoneClock& Calendar::clock_of(const std::string& zone) const {
  const auto found = clocks_.find(zone);
  return found == clocks_.end() ? clocks_.at(default_zone_) : found->second;
}

}  // namespace orchestrator::model
