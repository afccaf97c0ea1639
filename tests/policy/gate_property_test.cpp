// Does the gate open at the very first instant at which all rules pass? Judged by an oracle that looks at one
// instant at a time and shares nothing with the rules but the offset of a zone at an instant.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/situations.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;
using std::chrono::days;

Duration offset_at(Instant instant, const Zone& zone) {
  return wall_clock(instant, zone).time_since_epoch() - instant.time_since_epoch();
}

bool clocks_change_around(Instant instant, const Zone& zone) {
  return offset_at(instant - 48h, zone) != offset_at(instant + 48h, zone);
}

// The first instant in (earlier, later] with the offset that holds at `later`.
Instant transition_between(Instant earlier, Instant later, const Zone& zone) {
  const Duration new_offset = offset_at(later, zone);
  while (later - earlier > 1us) {
    const Instant middle = earlier + (later - earlier) / 2;
    (offset_at(middle, zone) == new_offset ? later : earlier) = middle;
  }
  return later;
}

// When clocks show `wall`: once, twice, or as they jump over it.
std::vector<Instant> occurrences(WallClock wall, const Zone& zone) {
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
    const bool is_clock_behind = facts_.last_outbound_at && *facts_.last_outbound_at > from;
    if (facts_.counted_date && *facts_.counted_date > today && !is_clock_behind) facts_.counted_date = today;

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

  // The first rule that blocks at this very instant.
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

  // The instants at which any rule may change its mind.
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

TimeOfDay any_time_of_day(Draw& draw) {
  const Duration precisions[] = {1h, 1h, 15min, 1min, 1s, 1us};
  const Duration precision = draw.any_of(precisions);
  return precision * draw.between(0, 24h / precision);
}

Limits any_limits(Draw& draw) {
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

Instant any_instant(Draw& draw, const Zone& zone) {
  const Instant any = at("2005-01-01T00:00:00Z") + draw.between(0s, 32 * 8766h);
  if (draw.one_in(2)) return any;
  for (Instant day = any; day < any + 400 * 24h; day += 24h) {
    if (clocks_change_around(day, zone)) return day + draw.between(-60h, 60h);
  }
  return any;
}

UserFacts any_facts(Draw& draw, Instant from, const Limits& limits) {
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

std::string told(Instant from, const UserFacts& facts, const Limits& limits) {
  const auto time = [](TimeOfDay t) { return format_instant(Instant{t}).substr(11, 15); };
  std::string text = "from " + format_instant(from) + " (local " +
                     format_instant(Instant{wall_clock(from, limits.zone).time_since_epoch()}) + ") quiet " +
                     time(limits.quiet_hours.start) + " to " + time(limits.quiet_hours.end) + " hourly " +
                     std::to_string(limits.hourly) + " daily " + std::to_string(facts.sent_on_date) + "/" +
                     std::to_string(limits.daily) + " last sent " + text_of(facts.last_outbound_at) +
                     " inbound " + text_of(facts.last_inbound_at) + " sends";
  for (const Instant sent_at : facts.recent_sends) text += " " + format_instant(sent_at);
  return text;
}

TEST(GateProperty, OpensAtTheFirstInstantAtWhichAllRulesPass) {
  Draw draw(random_seed());
  int blocked = 0;
  for (int i = 0; i < 4000 && !testing::Test::HasFailure(); ++i) {
    const Limits limits = any_limits(draw);
    const Instant from = any_instant(draw, limits.zone);
    const UserFacts facts = any_facts(draw, from, limits);
    const Oracle oracle(from, facts, limits);
    const Gate gate = user_gate(from, facts, limits);
    SCOPED_TRACE("case " + std::to_string(i) + ": " + told(from, facts, limits) + " opens " +
                 format_instant(gate.opens_at));

    EXPECT_EQ(text_of(gate.reason), text_of(oracle.blocked_by(from)));
    EXPECT_EQ(text_of(oracle.blocked_by(gate.opens_at)), "none");
    EXPECT_EQ(gate.opens_at > from, gate.reason.has_value());
    const auto expect_blocked = [&](Instant t) {
      if (t < from || t >= gate.opens_at) return;
      EXPECT_TRUE(oracle.blocked_by(t)) << "passes already at " << format_instant(t);
    };
    expect_blocked(gate.opens_at - 1us);
    for (const Instant boundary : oracle.boundaries()) expect_blocked(boundary);
    for (Instant t = from; t < gate.opens_at; t += 1min) {
      if (!oracle.blocked_by(t)) expect_blocked(t);
    }
    blocked += gate.reason.has_value() ? 1 : 0;
  }
  EXPECT_GT(blocked, 1500) << "the situations drawn are too tame";
}

}  // namespace
}  // namespace orchestrator::policy
