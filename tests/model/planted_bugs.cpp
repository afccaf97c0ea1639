#include "model/planted_bugs.hpp"

#include <algorithm>
#include <utility>

#include "policy/counters.hpp"
#include "policy/quiet_interval.hpp"

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;
using policy::Limits;
using std::chrono::days;

// The input of plan_user, to be distorted by a bug.
struct View {
  Instant now;
  UserQueue queue;
  UserFacts facts;
  Limits limits;
};

// Plans with a distorted input; the counters are stored as for the true one.
PlanUser with_view(void (*distort)(View&)) {
  return [distort](Instant now, const UserQueue& queue, const UserFacts& facts, const Limits& limits) {
    View view{now, queue, facts, limits};
    distort(view);
    Plan plan = policy::plan_user(now, view.queue, view.facts, view.limits);
    plan.facts = policy::with_daily_count_as_of(now, facts, limits);
    if (plan.promote) plan.facts = policy::after_sending(now, std::move(plan.facts), limits);
    return plan;
  };
}

// Plans correctly, then spoils the result.
PlanUser with_result(void (*spoil)(Instant now, const UserQueue& queue, const UserFacts& before,
                                   Plan& plan)) {
  return [spoil](Instant now, const UserQueue& queue, const UserFacts& facts, const Limits& limits) {
    Plan plan = policy::plan_user(now, queue, facts, limits);
    spoil(now, queue, facts, plan);
    return plan;
  };
}

template <Duration::rep late_us>
void quiet_starts_late(View& view) {
  auto& [enabled, start, end] = view.limits.quiet_hours;
  if (start != end) start += Duration{late_us};
}

void quiet_ends_a_microsecond_early(View& view) {
  auto& [enabled, start, end] = view.limits.quiet_hours;
  if (start != end) end -= 1us;
}

void quiet_without_minutes(View& view) {
  auto& [enabled, start, end] = view.limits.quiet_hours;
  start = std::chrono::floor<std::chrono::hours>(start);
  end = std::chrono::floor<std::chrono::hours>(end);
}

void quiet_by_default_zone(View& view) { view.limits.zone = policy::zone_or_default("", "America/New_York"); }

void hourly_limit_from_the_newest_send(View& view) {
  auto& sends = view.facts.recent_sends;
  if (!sends.empty()) std::ranges::fill(sends, sends.back());
}

void hourly_window_of_59_minutes(View& view) {
  for (Instant& send : view.facts.recent_sends) send -= 1min;
}

void active_forever(View& view) { view.limits.active_window = days{3650}; }

void active_lifts_nothing(View& view) { view.facts.last_inbound_at.reset(); }

void active_a_microsecond_longer(View& view) {
  if (view.facts.last_inbound_at) *view.facts.last_inbound_at += 1us;
}

void daily_limit_one_more(View& view) {
  if (view.limits.daily > 0) ++view.limits.daily;
}

void day_restarts_when_quiet_ends(View& view) {
  if (!view.facts.last_outbound_at) return;
  for (Instant t = *view.facts.last_outbound_at; t < view.now; t += 10min) {
    if (policy::quiet_interval(t, view.limits.quiet_hours, view.limits.zone)) view.facts.sent_on_date = 0;
  }
}

void lanes_reversed(View& view) {
  for (QueuedMessage& message : view.queue.messages) {
    message.priority = static_cast<Priority>(3 - static_cast<int>(message.priority));
  }
}

void lanes_by_alphabet(View& view) {
  constexpr Priority kPlaces[] = {Priority::low, Priority::urgent, Priority::medium, Priority::high};
  for (QueuedMessage& message : view.queue.messages) {
    message.priority = kPlaces[static_cast<std::size_t>(message.priority)];
  }
}

void expires_too_early(View& view) {
  for (QueuedMessage& message : view.queue.messages) {
    if (message.expires_at) *message.expires_at -= 30min;
  }
}

void opt_out_ignored(View& view) { view.facts.opted_out = false; }

void incomplete_sequence_sent(View& view) {
  for (QueuedMessage& message : view.queue.messages) message.is_complete = true;
}

void best_hour_without_cap(View& view) {
  for (QueuedMessage& message : view.queue.messages) {
    const bool waits = message.priority == Priority::medium && message.can_delay;
    if (waits && message.scheduled_for + 24h <= view.now) message.scheduled_for = view.now;
  }
}

void best_hour_by_utc(View& view) {
  if (view.facts.response_pattern) view.limits.zone = policy::zone_or_default("UTC", "UTC");
}

void low_never_ages(View& view) {
  for (QueuedMessage& message : view.queue.messages) {
    const bool has_aged = message.scheduled_for + 24h <= view.now;
    if (message.priority == Priority::low && has_aged) message.scheduled_for = view.now;
  }
}

void low_ignores_busy_queue(View& view) {
  for (QueuedMessage& message : view.queue.messages) {
    if (message.priority == Priority::low) message.can_delay = false;
  }
}

void can_delay_ignored(View& view) {
  for (QueuedMessage& message : view.queue.messages) message.can_delay = true;
}

void day_of_utc(Instant now, const UserQueue&, const UserFacts& before, Plan& plan) {
  if (!plan.promote) return;
  const LocalDate today{std::chrono::floor<days>(now).time_since_epoch()};
  plan.facts.sent_on_date = before.counted_date == today ? before.sent_on_date + 1 : 1;
  plan.facts.counted_date = today;
}

void cooldown_a_microsecond_short(Instant now, const UserQueue&, const UserFacts&, Plan& plan) {
  if (!plan.promote) return;
  // Stored in the counters, so that next_attempt_at, blocked_until and the next pass agree.
  *plan.facts.last_outbound_at -= 1us;
  if (plan.next_attempt_at == now + 30s) *plan.next_attempt_at -= 1us;
  if (plan.blocked_until == now + 30s) *plan.blocked_until -= 1us;
}

void sequence_in_parts(Instant, const UserQueue& queue, const UserFacts&, Plan& plan) {
  for (const QueuedMessage& message : queue.messages) {
    if (plan.promote == message.id && message.sequence.size() > 1) plan.promote = message.sequence[1];
  }
}

template <Duration::rep late_us>
void next_attempt_too_late(Instant now, const UserQueue&, const UserFacts&, Plan& plan) {
  if (plan.next_attempt_at && *plan.next_attempt_at > now) *plan.next_attempt_at += Duration{late_us};
}

void next_attempt_missing(Instant, const UserQueue&, const UserFacts&, Plan& plan) {
  plan.next_attempt_at.reset();
}

void blocked_until_too_late(Instant, const UserQueue&, const UserFacts&, Plan& plan) {
  if (plan.blocked_until) *plan.blocked_until += 1h;
}

void express_flag_missing(Instant, const UserQueue&, const UserFacts&, Plan& plan) { plan.express = false; }

void send_not_counted(Instant, const UserQueue&, const UserFacts& before, Plan& plan) {
  plan.facts.sent_on_date = before.sent_on_date;
}

}  // namespace

std::vector<PlantedBug> planted_bugs() {
  constexpr Duration::rep kMinuteUs = 60'000'000;
  constexpr Duration::rep kHourUs = 3'600'000'000;
  return {
      {"QuietStartsAMinuteLate", with_view(quiet_starts_late<kMinuteUs>)},
      {"QuietStartsAMicrosecondLate", with_view(quiet_starts_late<1>)},
      {"QuietEndsAMicrosecondEarly", with_view(quiet_ends_a_microsecond_early)},
      {"QuietWithoutMinutes", with_view(quiet_without_minutes)},
      {"QuietByDefaultZone", with_view(quiet_by_default_zone)},
      {"HourlyLimitFromTheNewestSend", with_view(hourly_limit_from_the_newest_send)},
      {"HourlyWindowOf59Minutes", with_view(hourly_window_of_59_minutes)},
      {"CooldownAMicrosecondShort", with_result(cooldown_a_microsecond_short)},
      {"ActiveForever", with_view(active_forever)},
      {"ActiveLiftsNothing", with_view(active_lifts_nothing)},
      {"ActiveAMicrosecondLonger", with_view(active_a_microsecond_longer)},
      {"DailyLimitOneMore", with_view(daily_limit_one_more)},
      {"DayOfUtc", with_result(day_of_utc)},
      {"DayRestartsWhenQuietEnds", with_view(day_restarts_when_quiet_ends)},
      {"SendNotCounted", with_result(send_not_counted)},
      {"LanesReversed", with_view(lanes_reversed)},
      {"LanesByAlphabet", with_view(lanes_by_alphabet)},
      {"ExpiresTooEarly", with_view(expires_too_early)},
      {"OptOutIgnored", with_view(opt_out_ignored)},
      {"SequenceInParts", with_result(sequence_in_parts)},
      {"IncompleteSequenceSent", with_view(incomplete_sequence_sent)},
      {"BestHourWithoutCap", with_view(best_hour_without_cap)},
      {"BestHourByUtc", with_view(best_hour_by_utc)},
      {"LowNeverAges", with_view(low_never_ages)},
      {"LowIgnoresBusyQueue", with_view(low_ignores_busy_queue)},
      {"CanDelayIgnored", with_view(can_delay_ignored)},
      {"NextAttemptAMicrosecondLate", with_result(next_attempt_too_late<1>)},
      {"NextAttemptAnHourLate", with_result(next_attempt_too_late<kHourUs>)},
      {"NextAttemptMissing", with_result(next_attempt_missing)},
      {"ExpressFlagMissing", with_result(express_flag_missing)},
      {"BlockedUntilAnHourLate", with_result(blocked_until_too_late)},
  };
}

}  // namespace orchestrator::model
