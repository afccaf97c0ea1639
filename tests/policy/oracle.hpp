// An independent implementation of the rules of a user, which evaluates one instant at a time. The only code
// that it shares with src/policy is the offset of a zone at an instant.
#pragma once

#include <algorithm>
#include <utility>

#include "policy/situations.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy::situations {

using std::chrono::days;

inline Duration offset_at(Instant instant, const Zone& zone) {
  return wall_clock(instant, zone).time_since_epoch() - instant.time_since_epoch();
}

inline bool clocks_change_around(Instant instant, const Zone& zone) {
  return offset_at(instant - 48h, zone) != offset_at(instant + 48h, zone);
}

// The first instant in (earlier, later] with the offset that holds at `later`.
inline Instant transition_between(Instant earlier, Instant later, const Zone& zone) {
  const Duration new_offset = offset_at(later, zone);
  while (later - earlier > 1us) {
    const Instant middle = earlier + (later - earlier) / 2;
    (offset_at(middle, zone) == new_offset ? later : earlier) = middle;
  }
  return later;
}

// The instants at which clocks show `wall`: one, two, or, if clocks skip it, the instant of the change.
inline std::vector<Instant> occurrences(WallClock wall, const Zone& zone) {
  const Instant as_if_utc{wall.time_since_epoch()};
  std::vector<Instant> found;
  for (const Instant probe : {as_if_utc - 27h, as_if_utc + 27h}) {
    const Instant candidate = as_if_utc - offset_at(probe, zone);
    if (wall_clock(candidate, zone) == wall) found.push_back(candidate);
  }
  if (found.empty()) found.push_back(transition_between(as_if_utc - 27h, as_if_utc + 27h, zone));
  std::ranges::sort(found);
  return found;
}

class Oracle {
 public:
  Oracle(Instant from, UserFacts facts, const Limits& limits) : facts_(std::move(facts)), limits_(limits) {
    const LocalDate today = date_of(from);
    const bool is_clock_slow = facts_.last_outbound_at && *facts_.last_outbound_at > from;
    if (facts_.counted_date && *facts_.counted_date > today && !is_clock_slow) facts_.counted_date = today;

    const QuietHours& quiet = limits_.quiet_hours;
    for (LocalDate day = today - days{4}; day <= today + days{14}; day += days{1}) {
      const LocalDate end_day = quiet.start > quiet.end ? day + days{1} : day;
      windows_.push_back({occurrences(day + quiet.start, limits_.zone).front(),
                          occurrences(end_day + quiet.end, limits_.zone).back()});
      for (const Instant midnight : occurrences(day, limits_.zone)) boundaries_.push_back(midnight);
    }
    for (const Interval& window : windows_) boundaries_.insert(boundaries_.end(), {window.start, window.end});
    for (const Instant sent_at : facts_.recent_sends) boundaries_.push_back(sent_at + 60min);
    if (facts_.last_outbound_at) boundaries_.push_back(*facts_.last_outbound_at + limits_.cooldown);
    if (const auto inbound = facts_.last_inbound_at) {
      boundaries_.insert(boundaries_.end(), {*inbound, *inbound + limits_.active_window});
    }
  }

  // The reason of the first rule that blocks at `t`.
  std::optional<Reason> blocked_by(Instant t) const {
    if (facts_.last_outbound_at && t - *facts_.last_outbound_at < limits_.cooldown) return Reason::cooldown;
    const auto inbound = facts_.last_inbound_at;
    const bool is_active_user = inbound && t >= *inbound && t - *inbound < limits_.active_window;
    const auto counted =
        std::ranges::count_if(facts_.recent_sends, [t](Instant sent_at) { return t - sent_at < 60min; });
    if (limits_.hourly > 0 && counted >= limits_.hourly && !is_active_user)
      return Reason::hourly_limit_reached;
    const bool is_counted_day = facts_.counted_date && *facts_.counted_date >= date_of(t);
    if (limits_.daily > 0 && is_counted_day && facts_.sent_on_date >= limits_.daily) {
      return Reason::daily_limit_reached;
    }
    if (is_quiet(t) && !is_active_user) return Reason::quiet_hours;
    return std::nullopt;
  }

  // The instants at which the result of a rule may change.
  const std::vector<Instant>& boundaries() const { return boundaries_; }

 private:
  LocalDate date_of(Instant t) const {
    return std::chrono::floor<days>(WallClock{t.time_since_epoch() + offset_at(t, limits_.zone)});
  }

  bool is_quiet(Instant t) const {
    const QuietHours& quiet = limits_.quiet_hours;
    if (!quiet.enabled || quiet.start == quiet.end) return false;
    if (clocks_change_around(t, limits_.zone)) {
      return std::ranges::any_of(windows_, [t](const Interval& w) { return w.start <= t && t < w.end; });
    }
    const WallClock wall{t.time_since_epoch() + offset_at(t, limits_.zone)};
    const TimeOfDay time = wall - std::chrono::floor<days>(wall);
    return quiet.start < quiet.end ? quiet.start <= time && time < quiet.end
                                   : time >= quiet.start || time < quiet.end;
  }

  UserFacts facts_;
  Limits limits_;
  std::vector<Interval> windows_;
  std::vector<Instant> boundaries_;
};

}  // namespace orchestrator::policy::situations
