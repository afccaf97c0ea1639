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

// From this long after a change of zone, earlier sends no longer count: two days, plus the largest difference
// between two zones.
constexpr Duration kZoneChangeEffect = 51h;

bool can_age(const Message& message) { return message.priority == Priority::low; }

Priority lane(const Message& message, Instant at) {
  return can_age(message) && at >= message.scheduled_for + kDay ? Priority::medium : message.priority;
}

}  // namespace

const ZoneClock& Expectation::clock_of(const SimulatedUser& user) const {
  return calendar_.clock_of(user.settings.zone.value_or(""));
}

std::vector<Expectation::Window> Expectation::quiet_windows(const SimulatedUser& user, Date from,
                                                            Date to) const {
  const Settings& settings = user.settings;
  const TimeOfDay start = settings.quiet_start.value_or(defaults_.quiet_hours.start);
  const TimeOfDay end = settings.quiet_end.value_or(defaults_.quiet_hours.end);
  std::vector<Window> windows;
  if (!settings.quiet_enabled.value_or(true) || start == end) return windows;
  const ZoneClock& clock = clock_of(user);
  for (Date date = from; date <= to; date += days{1}) {
    const Date last_date = start < end ? date : date + days{1};
    const Window window{clock.first(Wall{date} + start), clock.last(Wall{last_date} + end)};
    if (window.start < window.end) windows.push_back(window);
  }
  return windows;
}

bool Expectation::is_quiet(const SimulatedUser& user, Instant at) const {
  const Date today = clock_of(user).date(at);
  const auto windows = quiet_windows(user, today - days{2}, today + days{1});
  return std::ranges::any_of(windows, [&](const Window& w) { return w.start <= at && at < w.end; });
}

bool Expectation::is_active(const SimulatedUser& user, Instant at) const {
  return user.last_inbound && *user.last_inbound <= at && at < *user.last_inbound + defaults_.active_window;
}

std::vector<Instant> Expectation::quiet_boundaries(const SimulatedUser& user, Instant around,
                                                   int count) const {
  const Date today = clock_of(user).date(around);
  std::vector<Instant> boundaries;
  for (const Window& window : quiet_windows(user, today - days{2}, today + days{count})) {
    boundaries.push_back(window.start);
    boundaries.push_back(window.end);
  }
  return boundaries;
}

int Expectation::sent_on_day_of(const SimulatedUser& user, Instant at, Count count) const {
  const ZoneClock& clock = clock_of(user);
  const Date today = clock.date(at);
  int sent = 0;
  for (auto send = user.sends.rbegin(); send != user.sends.rend() && *send > at - 4 * kDay; ++send) {
    if (*send > user.zone_since) {  // a send at the instant of the change may be on either side
      sent += clock.date(*send) == today ? 1 : 0;
    } else if (count == Count::possible) {
      sent += clock.date(*send) == today || at < user.zone_since + kZoneChangeEffect ? 1 : 0;
    }
  }
  return sent;
}

std::string Expectation::blocking_user_rule(const SimulatedUser& user, Instant at, Count count) const {
  if (user.opted_out) return "opted_out";
  if (!user.sends.empty() && at < user.sends.back() + defaults_.cooldown) return "cooldown";

  const bool active = is_active(user, at);
  const int hourly = user.settings.hourly_limit.value_or(defaults_.hourly_limit);
  if (hourly > 0 && !active) {
    int sent = 0;
    for (auto send = user.sends.rbegin(); send != user.sends.rend() && at - *send < kHour; ++send) ++sent;
    if (sent >= hourly) return "hourly_limit_reached";
  }
  const int daily = user.settings.daily_limit.value_or(defaults_.daily_limit);
  if (daily > 0 && sent_on_day_of(user, at, count) >= daily) return "daily_limit_reached";
  if (!active && is_quiet(user, at)) return "quiet_hours";
  return "";
}

bool Expectation::is_best_hour(const ResponsePattern& pattern, Wall wall) const {
  const Date date = std::chrono::floor<days>(wall);
  const auto hour = static_cast<std::size_t>((wall - Wall{date}) / 1h);
  const auto day = weekday{date}.c_encoding();
  return (pattern.best_hours.none() || pattern.best_hours.test(hour)) &&
         (pattern.preferred_days.none() || pattern.preferred_days.test(day));
}

bool Expectation::waits_for_best_hour(const Message& message, const SimulatedUser& user, Instant at) const {
  if (message.priority != Priority::medium || !message.can_delay || !user.settings.pattern) return false;
  if (at >= message.scheduled_for + kDay || is_active(user, at)) return false;
  const ZoneClock& clock = clock_of(user);
  if (is_best_hour(*user.settings.pattern, clock.wall(at))) return false;
  for (Instant hour = clock.next_hour(at); hour <= at + kDay; hour = clock.next_hour(hour)) {
    if (is_best_hour(*user.settings.pattern, clock.wall(hour))) return true;
  }
  return false;
}

std::string Expectation::blocking_message_rule(const Entry& entry, const SimulatedUser& user,
                                               Instant at) const {
  const Message& message = entry.head;
  if (message.expires_at && *message.expires_at <= at) return "expired";
  if (!entry.is_complete()) return "incomplete_sequence";
  if (message.scheduled_for > at) return "not_due";
  if (waits_for_best_hour(message, user, at)) return "optimal_time";
  return waits_for_llm(message, user) ? "awaiting_render" : "";
}

std::string Expectation::question_about(const Message& message, const SimulatedUser& user) const {
  if (!can_ask() || (!message.has_content && !message.sequence.empty())) return "";
  const bool is_overtaken = user.last_inbound && *user.last_inbound > message.context_as_of;
  if (message.requires_fresh_context && message.checks < kMostChecks && is_overtaken) return "relevance";
  return message.has_content ? "" : "rendering";
}

bool Expectation::waits_for_llm(const Message& message, const SimulatedUser& user) const {
  if (!message.awaiting.empty()) return true;
  if (question_about(message, user).empty()) return false;
  return std::ranges::any_of(user.waiting, [&](const auto& waiting) {
    const Message& other = waiting.second;
    return !other.awaiting.empty() && other.priority <= message.priority;
  });
}

bool Expectation::is_blocked_by_busy_queue(const Entry& entry, const std::vector<Entry>& queue, Instant at,
                                           Duration memory) const {
  const Message& message = entry.head;
  if (lane(message, at) != Priority::low || !message.can_delay) return false;
  return std::ranges::any_of(queue, [&](const Entry& other) {
    const bool is_waiting = !other.head.expires_at || at < *other.head.expires_at + memory;
    // A message that awaits the LLM counts with its own priority, even if it has aged.
    const bool awaits_llm = !other.head.awaiting.empty();
    const Priority other_lane = awaits_llm ? other.head.priority : lane(other.head, at);
    return other.is_complete() && (awaits_llm || other.head.scheduled_for <= at) && is_waiting &&
           other_lane < Priority::low;
  });
}

Expectation::Position Expectation::position(const Entry& entry, Instant at) const {
  return {lane(entry.head, at), entry.head.scheduled_for, entry.head.id};
}

// A pass over a busy queue may delay the low lane for five minutes, even if the reason disappears meanwhile.
bool Expectation::must_be_sent(const SimulatedUser& user, const std::vector<Entry>& queue, Instant at) const {
  return std::ranges::any_of(queue, [&](const Entry& entry) {
    const bool is_low = lane(entry.head, at) == Priority::low && entry.head.can_delay;
    const bool is_delayed = is_low && user.low_lane_blocked_until && at < *user.low_lane_blocked_until;
    return !is_delayed && blocking_message_rule(entry, user, at).empty() &&
           !is_blocked_by_busy_queue(entry, queue, at, kLowLaneDelay);
  });
}

// The instants at which a rule may start to pass.
std::vector<Instant> Expectation::turning_points(const SimulatedUser& user, const std::vector<Entry>& queue,
                                                 Instant now) const {
  std::vector<Instant> points{now};
  Instant first_due = Instant::max();
  for (const Entry& entry : queue) {
    if (entry.is_complete()) first_due = std::min(first_due, entry.head.scheduled_for);
    points.push_back(entry.head.scheduled_for);
    points.push_back(entry.head.scheduled_for + kDay);
    if (entry.head.expires_at) points.push_back(*entry.head.expires_at + kLowLaneDelay);
  }
  if (first_due == Instant::max()) return {};
  if (user.low_lane_blocked_until) points.push_back(*user.low_lane_blocked_until);
  if (!user.sends.empty()) points.push_back(user.sends.back() + defaults_.cooldown);
  for (auto send = user.sends.rbegin(); send != user.sends.rend() && *send + kHour > now; ++send) {
    points.push_back(*send + kHour);
  }
  const Instant base = std::max(now, first_due);
  for (const Instant boundary : quiet_boundaries(user, base, static_cast<int>(kHorizon.count())))
    points.push_back(boundary);
  points.push_back(user.zone_since == Instant::min() ? now : user.zone_since + kZoneChangeEffect);
  const ZoneClock& clock = clock_of(user);
  for (Instant hour = base; hour < base + kHorizon; hour = clock.next_hour(hour)) points.push_back(hour);
  std::erase_if(points, [&](Instant point) { return point < base; });
  std::ranges::sort(points);
  return points;
}

std::optional<Instant> Expectation::first_eligible(const SimulatedUser& user, Instant now) const {
  if (user.waiting.empty() || user.opted_out) return std::nullopt;
  const std::vector<Entry> queue = queue_of(user);
  for (const Instant point : turning_points(user, queue, now)) {
    if (blocking_user_rule(user, point, Count::possible).empty() && must_be_sent(user, queue, point))
      return point;
  }
  return std::nullopt;
}

}  // namespace orchestrator::model
