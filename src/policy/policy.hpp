// Every rule on one screen. Pure: no I/O, no clock, no state; safe from any thread. All results follow from
// the arguments, and from the machine's time-zone database (tzdata).
//
// A rule answers one question: "given what is known, from which instant on would I let a message pass that
// could go at `from`?" — `from` itself if it passes now. A message goes at the first instant at which every
// rule passes, found by asking them in turn until none moves it.
//
//   rule          blocks while                                                     lifted for active users
//   opted_out     the person has opted out                                         no: all are cancelled
//   expired       expires_at <= now                                                no: it expires
//   not_due       now < scheduled_for                                              no
//   cooldown      less than `cooldown` has passed since the last outbound message  no
//   hourly limit  `hourly` messages went out in the last 60 minutes                yes
//   daily limit   `daily` messages went out on the person's local calendar day     no
//   quiet hours   the person's wall clock is in [start, end)                       yes
//
// An active user wrote in the last `active_window`: [last inbound, last inbound + window).
//
// Sends that are in the future of a clock that is behind count like those of the past.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/rules.hpp"

namespace date {
class time_zone;
}

namespace orchestrator::policy {

// A name in the time-zone database, links ("US/Eastern") included, spelled exactly so. Never throws.
bool is_timezone(std::string_view name);

// The version of the time-zone database in use, e.g. "2025b", or "unknown": with it, computed instants may
// change. Its transitions are known up to 2037; after that, zones keep the offset they have then.
std::string timezone_database_version();

// A person's zone. An unusable name falls back to the default, visibly.
struct Zone {
  const date::time_zone* zone = nullptr;  // lives as long as the process
  bool is_fallback = false;
};
Zone zone_or_default(std::string_view name, std::string_view default_name);  // throws if neither is usable

LocalDate local_date(Instant instant, const Zone& zone);

// The numbers in force for one person: their own settings, else the defaults.
struct Limits {
  std::chrono::seconds cooldown{};
  int hourly = 0;  // 0 = none
  int daily = 0;   // 0 = none
  QuietHours quiet_hours = {};
  std::chrono::seconds active_window{};
  Zone zone = {};
};
Limits limits_in_force(const UserFacts& facts, const RuleDefaults& defaults);

// --- one function a rule: the first instant at or after `from` at which it passes ---------------------

// "60 minutes" of the hourly limit: a send no longer counts once it is that old.
inline constexpr std::chrono::minutes kHourlyWindow{60};

Instant after_cooldown(Instant from, const UserFacts& facts, const Limits& limits);
Instant after_hourly_limit(Instant from, const UserFacts& facts, const Limits& limits);
Instant after_daily_limit(Instant from, const UserFacts& facts, const Limits& limits);
Instant after_quiet_hours(Instant from, const UserFacts& facts, const Limits& limits);

bool is_active(Instant now, const UserFacts& facts, const Limits& limits);
bool is_expired(Instant now, const QueuedMessage& message);

// A count of a local day yet to come is of today: the person has moved west since. Unless `now` is before
// the last send: then it is this clock that is behind, and the count stands.
UserFacts with_count_as_of(Instant now, UserFacts facts, const Limits& limits);

// The quiet window that `instant` is in, as instants, half-open. A boundary inside a DST gap is the
// transition; in an overlap a start is the earlier and an end the later of its two instants. Windows that
// touch are one, up to eight days either way: the end of quiet that never ends is only where to look next.
struct Interval {
  Instant start;
  Instant end;
};
std::optional<Interval> quiet_interval(Instant instant, const QuietHours& quiet_hours, const Zone& zone);

// --- all rules together -------------------------------------------------------------------------------

// The rules that hold all of a person's messages alike (cooldown to quiet hours).
struct Gate {
  Instant opens_at;              // the first instant, not before `from`, at which all of them pass; where
                                 // there is none (quiet hours from 00:00 to 24:00), one after weeks
  std::optional<Reason> reason;  // the first that blocks at `from`, in the table's order; none: open
};
Gate user_gate(Instant from, const UserFacts& facts, const Limits& limits);

enum class Decision { send, defer, cancel, expire, fail };

struct Verdict {
  Decision decision = Decision::defer;
  std::optional<Reason> reason;  // none when it is sent
  Instant eligible_at;           // the exact first instant at which all rules pass; `now` unless deferred
};
Verdict decide(Instant now, const QueuedMessage& message, const UserFacts& facts, const Limits& limits);

// The facts as they are once a message went out at `now`.
UserFacts after_sending(Instant now, UserFacts facts, const Limits& limits);

// What a pass does for one person. `waiting` holds the first two messages of each lane, in any order; behind
// the second of a lane there may be more: they are not overtaken. The head of line is the first that is due
// and not expired, by lane, scheduled_for and id; of those without content that get their turn, each fails
// and lets the next one pass.
struct Plan {
  std::optional<MessageId> promote;  // at most one: the cooldown starts with it
  std::vector<MessageId> expire;
  std::vector<MessageId> fail;        // nothing to say (no content)
  bool cancel_all = false;            // opted out
  std::optional<Reason> deferred_by;  // why the head of line did not go, if there is one and it did not

  // The exact first instant at which some message that stays may pass, or when one unseen may (never later
  // than that). `now` when messages made room for others without one being promoted. None: nothing waits.
  std::optional<Instant> next_attempt_at;
  bool express = false;                  // an urgent or high message stays, or may be among those unseen
  std::optional<Instant> blocked_until;  // the gate, for messages yet to come
  std::optional<Reason> blocked_by;
  UserFacts facts;  // the counters to store
};
Plan plan_user(Instant now, const std::vector<QueuedMessage>& waiting, const UserFacts& facts,
               const Limits& limits);

}  // namespace orchestrator::policy
