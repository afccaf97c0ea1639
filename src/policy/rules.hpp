// Every rule on one screen. Pure: no I/O, no clock, no state; safe from any thread.
//
// A rule answers one question: "given what is known, from which instant on would I let a message pass that
// could go at `from`?" — `from` itself if it passes now. A message goes at the first instant at which every
// rule passes, found by asking them in turn until none moves it. In the order in which a reason is given:
// clang-format off
//
//   rule                 blocks while                                                   an active user lifts it
//   of a message; the next one of the person is looked at:
//   expired              expires_at <= now                                              no: it expires
//   incomplete_sequence  parts of the sequence are missing                              no
//   not_due              now < scheduled_for                                            no
//   optimal_time         medium, can be delayed: a best hour comes within 24 hours      yes
//   low_priority_busy    low, can be delayed: 5 minutes from a look at a busy queue     no
//   awaiting_render      it is with the LLM; or has to go there, and another one is     no
//   of a person; all messages are held:
//   opted_out            the person has opted out                                       no: all are cancelled
//   cooldown             less than `cooldown` has passed since the last outbound one    no
//   hourly_limit         `hourly` messages went out in the last 60 minutes              yes
//   daily_limit          `daily` messages went out on the person's local calendar day   no
//   quiet_hours          the person's wall clock is in [start, end)                     yes
//
// clang-format on
// An active user wrote in the last `active_window`: [last inbound, last inbound + window).
// Nothing is held by optimal_time or low_priority_busy from 24 hours after its scheduled_for on.
//
// Sends that are in the future of a clock that is behind count like those of the past.
#pragma once

#include <optional>

#include "policy/limits.hpp"

namespace orchestrator::policy {

// "60 minutes" of the hourly limit: a send no longer counts once it is that old.
inline constexpr std::chrono::minutes kHourlyWindow{60};

// Beyond its scheduled_for a message waits no longer for a best hour or for a queue that is not busy; from
// then on a low message has aged into the medium lane.
inline constexpr std::chrono::hours kLongestHold{24};

// From a look at a busy queue to the next look at a low message.
inline constexpr std::chrono::minutes kLowLaneDelay{5};

// So often at most the LLM judges one message: a person who keeps writing does not hold it for ever.
inline constexpr int kMostContextChecks = 3;

// --- one function a rule: the first instant at or after `from` at which it passes ---------------------

// A best hour that is more than 24 hours away, or beyond the longest hold, is not waited for.
Instant after_optimal_time(Instant from, const QueuedMessage& message, const UserFacts& facts,
                           const Limits& limits);
// `look` is when the queue was seen to be busy: all of the lane waits from then on, so that a message that
// becomes due meanwhile does not go before those that were deferred.
Instant after_low_lane(Instant from, Instant look, const QueuedMessage& message);
Instant after_cooldown(Instant from, const UserFacts& facts, const Limits& limits);
Instant after_hourly_limit(Instant from, const UserFacts& facts, const Limits& limits);
Instant after_daily_limit(Instant from, const UserFacts& facts, const Limits& limits);
Instant after_quiet_hours(Instant from, const UserFacts& facts, const Limits& limits);

bool is_active(Instant now, const UserFacts& facts, const Limits& limits);
bool is_expired(Instant now, const QueuedMessage& message);

// The lane in which a message is served at `now`: its own, but for a low one that has aged into medium.
Priority lane_at(Instant now, const QueuedMessage& message);

// When a rule that an active user lifts, and that blocks from `from` to `until`, first passes.
Instant unless_active(Instant from, Instant until, const UserFacts& facts, const Limits& limits);

// A count of a local day yet to come is of today: the person has moved west since. Unless `now` is before
// the last send: then it is this clock that is behind, and the count stands.
UserFacts with_count_as_of(Instant now, UserFacts facts, const Limits& limits);

// What the LLM has to be asked before the message may go; nothing when there is no LLM to ask. Of a message
// that has to be checked and rendered, first whether it still fits. A sequence is never rendered.
std::optional<LlmQuestion> question_about(const QueuedMessage& message, const UserFacts& facts,
                                          const Limits& limits);

// Whether it is held until an answer comes, at an instant that nobody knows: its own, or that of another
// message of the person, of its priority or a higher one. One message a person is asked about at a time, so
// that each is asked about when it could go, and they keep their order.
bool waits_for_answer(const QueuedMessage& message, const UserFacts& facts, const Limits& limits);

// The facts as they are once a message went out at `now`.
UserFacts after_sending(Instant now, UserFacts facts, const Limits& limits);

struct Interval {
  Instant start;
  Instant end;
};

// The quiet window that `instant` is in, as instants, half-open. A boundary inside a DST gap is the
// transition; in an overlap a start is the earlier and an end the later of its two instants. Windows that
// touch are one, up to eight days either way: the end of quiet that never ends is only where to look next.
std::optional<Interval> quiet_interval(Instant instant, const QuietHours& quiet_hours, const Zone& zone);

// When the next quiet window after `from` begins, within two days; none otherwise.
std::optional<Instant> next_quiet_start(Instant from, const QuietHours& quiet_hours, const Zone& zone);

// The first instant, `from` or within 24 hours of it, at which the wall clock shows a best hour of a
// preferred day. Hours that a zone skips never come, those that it repeats come twice.
std::optional<Instant> next_best_hour(Instant from, const ResponsePattern& pattern, const Zone& zone);

}  // namespace orchestrator::policy
