#include "policy/quiet_interval.hpp"

namespace orchestrator::policy {

namespace {

using std::chrono::days;

// Quiet hours that last longer are taken to never end, e.g. from 00:00 to 24:00.
constexpr int kMaxMergedDays = 8;

// The window that begins on `day`; nullopt if a clock change skips all of it.
std::optional<Interval> window_of(LocalDate day, const QuietHours& quiet_hours, const Zone& zone) {
  const LocalDate last_day = quiet_hours.start > quiet_hours.end ? day + days{1} : day;
  const Interval window{instant_of(day + quiet_hours.start, zone, Occurrence::first),
                        instant_of(last_day + quiet_hours.end, zone, Occurrence::second)};
  if (window.start >= window.end) return std::nullopt;
  return window;
}

// Merges the windows before and after `day` that touch `window`.
Interval merged_with_neighbours(Interval window, LocalDate day, const QuietHours& quiet_hours,
                                const Zone& zone) {
  for (int i = 1; i <= kMaxMergedDays; ++i) {
    const auto earlier = window_of(day - days{i}, quiet_hours, zone);
    if (!earlier || earlier->end < window.start) break;
    window.start = earlier->start;
  }
  for (int i = 1; i <= kMaxMergedDays; ++i) {
    const auto later = window_of(day + days{i}, quiet_hours, zone);
    if (!later || later->start > window.end) break;
    window.end = later->end;
  }
  return window;
}

}  // namespace

std::optional<Interval> quiet_interval(Instant instant, const QuietHours& quiet_hours, const Zone& zone) {
  if (!quiet_hours.enabled || quiet_hours.start == quiet_hours.end) return std::nullopt;
  // A window may end on the day after it begins. One more day on either side: clocks that are set back around
  // midnight show the previous date again.
  const LocalDate today = local_date(instant, zone);
  for (LocalDate day = today - days{2}; day <= today + days{1}; day += days{1}) {
    const auto window = window_of(day, quiet_hours, zone);
    if (window && window->start <= instant && instant < window->end) {
      return merged_with_neighbours(*window, day, quiet_hours, zone);
    }
  }
  return std::nullopt;
}

std::optional<Instant> next_quiet_start(Instant from, const QuietHours& quiet_hours, const Zone& zone) {
  if (!quiet_hours.enabled || quiet_hours.start == quiet_hours.end) return std::nullopt;
  const LocalDate today = local_date(from, zone);
  for (LocalDate day = today - days{1}; day <= today + days{2}; day += days{1}) {
    const auto window = window_of(day, quiet_hours, zone);
    if (window && window->start > from) return window->start;
  }
  return std::nullopt;
}

}  // namespace orchestrator::policy
