#include "model/expectation.hpp"

#include <algorithm>

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::weekday;

constexpr Duration kHour = 60min;
constexpr Duration kDay = 24h;
constexpr Duration kLowLaneDelay = 5min;
constexpr int kMostChecks = 3;

// After a move no count of before can matter any more: two days, and the widest two zones are apart.
constexpr Duration kMoved = 51h;

bool can_age(const Message& message) { return message.priority == Priority::low; }

Priority lane(const Message& message, Instant at) {
  return can_age(message) && at >= message.scheduled_for + kDay ? Priority::medium : message.priority;
}

}  // namespace

const ZoneClock& Expectation::clock_of(const Life& life) const {
  return calendar_.clock_of(life.settings.zone.value_or(""));
}

std::vector<Expectation::Window> Expectation::quiet_windows(const Life& life, Date from, Date to) const {
  const Settings& settings = life.settings;
  const TimeOfDay start = settings.quiet_start.value_or(defaults_.quiet_hours.start);
  const TimeOfDay end = settings.quiet_end.value_or(defaults_.quiet_hours.end);
  std::vector<Window> windows;
  if (!settings.quiet_enabled.value_or(true) || start == end) return windows;
  const ZoneClock& clock = clock_of(life);
  for (Date date = from; date <= to; date += days{1}) {
    const Date last_date = start < end ? date : date + days{1};
    const Window window{clock.first(Wall{date} + start), clock.last(Wall{last_date} + end)};
    if (window.start < window.end) windows.push_back(window);
  }
  return windows;
}

bool Expectation::is_quiet(const Life& life, Instant at) const {
  const Date today = clock_of(life).date(at);
  const auto windows = quiet_windows(life, today - days{2}, today + days{1});
  return std::ranges::any_of(windows, [&](const Window& w) { return w.start <= at && at < w.end; });
}

bool Expectation::is_active(const Life& life, Instant at) const {
  return life.last_inbound && *life.last_inbound <= at && at < *life.last_inbound + defaults_.active_window;
}

std::vector<Instant> Expectation::quiet_boundaries(const Life& life, Instant around, int count) const {
  const Date today = clock_of(life).date(around);
  std::vector<Instant> boundaries;
  for (const Window& window : quiet_windows(life, today - days{2}, today + days{count})) {
    boundaries.push_back(window.start);
    boundaries.push_back(window.end);
  }
  return boundaries;
}

int Expectation::sent_on_day_of(const Life& life, Instant at, Count count) const {
  const ZoneClock& clock = clock_of(life);
  const Date today = clock.date(at);
  int sent = 0;
  for (auto send = life.sends.rbegin(); send != life.sends.rend() && *send > at - 4 * kDay; ++send) {
    if (*send > life.zone_since) {  // at that very instant: before the move, or after it
      sent += clock.date(*send) == today ? 1 : 0;
    } else if (count == Count::possible) {
      sent += clock.date(*send) == today || at < life.zone_since + kMoved ? 1 : 0;
    }
  }
  return sent;
}

std::string Expectation::held_by_person(const Life& life, Instant at, Count count) const {
  if (life.opted_out) return "opted_out";
  if (!life.sends.empty() && at < life.sends.back() + defaults_.cooldown) return "cooldown";

  const bool active = is_active(life, at);
  const int hourly = life.settings.hourly_limit.value_or(defaults_.hourly_limit);
  if (hourly > 0 && !active) {
    int sent = 0;
    for (auto send = life.sends.rbegin(); send != life.sends.rend() && at - *send < kHour; ++send) ++sent;
    if (sent >= hourly) return "hourly_limit_reached";
  }
  const int daily = life.settings.daily_limit.value_or(defaults_.daily_limit);
  if (daily > 0 && sent_on_day_of(life, at, count) >= daily) return "daily_limit_reached";
  if (!active && is_quiet(life, at)) return "quiet_hours";
  return "";
}

bool Expectation::is_best_hour(const ResponsePattern& pattern, Wall wall) const {
  const Date date = std::chrono::floor<days>(wall);
  const auto hour = static_cast<std::size_t>((wall - Wall{date}) / 1h);
  const auto day = weekday{date}.c_encoding();
  return (pattern.best_hours.none() || pattern.best_hours.test(hour)) &&
         (pattern.preferred_days.none() || pattern.preferred_days.test(day));
}

bool Expectation::waits_for_best_hour(const Message& message, const Life& life, Instant at) const {
  if (message.priority != Priority::medium || !message.can_delay || !life.settings.pattern) return false;
  if (at >= message.scheduled_for + kDay || is_active(life, at)) return false;
  const ZoneClock& clock = clock_of(life);
  if (is_best_hour(*life.settings.pattern, clock.wall(at))) return false;
  for (Instant hour = clock.next_hour(at); hour <= at + kDay; hour = clock.next_hour(hour)) {
    if (is_best_hour(*life.settings.pattern, clock.wall(hour))) return true;
  }
  return false;
}

std::string Expectation::held_by_itself(const Entry& entry, const Life& life, Instant at) const {
  const Message& message = entry.head;
  if (message.expires_at && *message.expires_at <= at) return "expired";
  if (!entry.is_complete()) return "incomplete_sequence";
  if (message.scheduled_for > at) return "not_due";
  if (waits_for_best_hour(message, life, at)) return "optimal_time";
  return waits_for_answer(message, life) ? "awaiting_render" : "";
}

std::string Expectation::question_about(const Message& message, const Life& life) const {
  if (!can_ask() || (!message.has_content && !message.sequence.empty())) return "";
  const bool is_overtaken = life.last_inbound && *life.last_inbound > message.context_as_of;
  if (message.is_fresh_only && message.checks < kMostChecks && is_overtaken) return "relevance";
  return message.has_content ? "" : "rendering";
}

bool Expectation::waits_for_answer(const Message& message, const Life& life) const {
  if (!message.awaiting.empty()) return true;
  if (question_about(message, life).empty()) return false;
  return std::ranges::any_of(life.waiting, [&](const auto& waiting) {
    const Message& other = waiting.second;
    return !other.awaiting.empty() && other.priority <= message.priority;
  });
}

bool Expectation::gives_way(const Entry& entry, const std::vector<Entry>& line, Instant at,
                            Duration memory) const {
  const Message& message = entry.head;
  if (lane(message, at) != Priority::low || !message.can_delay) return false;
  return std::ranges::any_of(line, [&](const Entry& other) {
    const bool is_there = !other.head.expires_at || at < *other.head.expires_at + memory;
    // One that is with the LLM and has aged counts as what it was.
    const bool is_away = !other.head.awaiting.empty();
    const Priority others = is_away ? other.head.priority : lane(other.head, at);
    return other.is_complete() && (is_away || other.head.scheduled_for <= at) && is_there &&
           others < Priority::low;
  });
}

Expectation::Place Expectation::place(const Entry& entry, Instant at) const {
  return {lane(entry.head, at), entry.head.scheduled_for, entry.head.id};
}

// A look at a busy queue may put the low lane off for five minutes, whatever happens meanwhile.
bool Expectation::must_go(const Life& life, const std::vector<Entry>& line, Instant at) const {
  return std::ranges::any_of(line, [&](const Entry& entry) {
    const bool is_low = lane(entry.head, at) == Priority::low && entry.head.can_delay;
    const bool is_put_off = is_low && life.low_lane_held_until && at < *life.low_lane_held_until;
    return !is_put_off && held_by_itself(entry, life, at).empty() &&
           !gives_way(entry, line, at, kLowLaneDelay);
  });
}

// Everything after which a rule may allow what it did not before.
std::vector<Instant> Expectation::turning_points(const Life& life, const std::vector<Entry>& line,
                                                 Instant now) const {
  std::vector<Instant> points{now};
  Instant first_due = Instant::max();
  for (const Entry& entry : line) {
    if (entry.is_complete()) first_due = std::min(first_due, entry.head.scheduled_for);
    points.push_back(entry.head.scheduled_for);
    points.push_back(entry.head.scheduled_for + kDay);
    if (entry.head.expires_at) points.push_back(*entry.head.expires_at + kLowLaneDelay);
  }
  if (first_due == Instant::max()) return {};
  if (life.low_lane_held_until) points.push_back(*life.low_lane_held_until);
  if (!life.sends.empty()) points.push_back(life.sends.back() + defaults_.cooldown);
  for (auto send = life.sends.rbegin(); send != life.sends.rend() && *send + kHour > now; ++send) {
    points.push_back(*send + kHour);
  }
  const Instant base = std::max(now, first_due);
  for (const Instant boundary : quiet_boundaries(life, base, static_cast<int>(kHorizon.count())))
    points.push_back(boundary);
  points.push_back(life.zone_since == Instant::min() ? now : life.zone_since + kMoved);
  const ZoneClock& clock = clock_of(life);
  for (Instant hour = base; hour < base + kHorizon; hour = clock.next_hour(hour)) points.push_back(hour);
  std::erase_if(points, [&](Instant point) { return point < base; });
  std::ranges::sort(points);
  return points;
}

std::optional<Instant> Expectation::first_eligible(const Life& life, Instant now) const {
  if (life.waiting.empty() || life.opted_out) return std::nullopt;
  const std::vector<Entry> line = snapshot_of(life);
  for (const Instant point : turning_points(life, line, now)) {
    if (held_by_person(life, point, Count::possible).empty() && must_go(life, line, point)) return point;
  }
  return std::nullopt;
}

}  // namespace orchestrator::model
