// The rules: when may a message be sent? Pure: no I/O, no clock, no state; safe from any thread.
//
// Each rule answers one question: from which instant on does it pass a message that could otherwise be sent
// at `from`? A message is sent at the first instant at which every rule passes. To find it, the rules are
// asked in turn until none of them moves the instant. A rule's file contains all about it: when it passes,
// how it explains itself, its constants, and what changes for an active user. To add a rule, write its file,
// then declare it here and add it to the table in rules.cpp.
//
// The table's order is the order in which a reason is given:
// clang-format off
//
//   rule                 blocks while                                                    active user
//   Rules of a message. They delay this message only; the user's next one is considered:
//   expired              expires_at <= now; the message is never sent                    no change
//   incomplete_sequence  parts of the sequence are missing                               no change
//   not_due              now < scheduled_for                                             no change
//   optimal_time         medium, can be delayed: a best hour begins within 24 hours      does not apply
//   low_priority_busy    low, can be delayed: for 5 minutes after the queue was busy     no change
//   awaiting_render      the LLM has not answered yet, or must be asked after another    no change
//   Rules of a user. They delay all of the user's messages:
//   opted_out            the user has opted out; all messages are cancelled              no change
//   cooldown             less than `cooldown` has passed since the last send             no change
//   hourly_limit         `hourly` messages were sent in the last 60 minutes              does not apply
//   daily_limit          `daily` messages were sent on the user's local calendar day     no change
//   quiet_hours          the user's wall clock is in [start, end)                        does not apply
//
// clang-format on
// An active user wrote within the last `active_window`; see policy/activity.hpp. From 24 hours after its
// scheduled_for on, no message is delayed by optimal_time or low_priority_busy; see policy/lane.hpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/limits.hpp"

namespace orchestrator::policy {

// The result of Rule::passes_at if the rule does not pass by itself at any later instant.
inline constexpr Instant kNever = Instant::max();

struct RuleInput {
  Instant now;
  const QueuedMessage& message;
  const UserFacts& facts;  // with_daily_count_as_of(now)
  const Limits& limits;
  bool is_higher_lane_due = false;  // a message of a higher lane is due and stays in the queue
};

struct Rule {
  std::string_view name;
  Reason reason;
  // The first instant at or after `from` at which the rule passes; kNever if there is none.
  Instant (*passes_at)(Instant from, const RuleInput& input);
  // What the rule found at `now`: a short sentence for a person.
  std::string (*explanation)(const RuleInput& input);
};

extern const Rule kExpired;
extern const Rule kIncompleteSequence;
extern const Rule kNotDue;
extern const Rule kOptimalTime;
extern const Rule kLowPriorityBusy;
extern const Rule kAwaitingRender;
extern const Rule kOptedOut;
extern const Rule kCooldown;
extern const Rule kHourlyLimit;
extern const Rule kDailyLimit;
extern const Rule kQuietHours;

using Rules = std::span<const Rule* const>;

Rules all_rules();
Rules deferring_rules();  // all except expired, which ends a message
Rules message_rules();    // the deferring rules of a message
Rules user_rules();       // the rules of a user, except opted_out, which ends all messages

// The reason of the first rule that blocks at input.now.
std::optional<Reason> first_to_block(Rules rules, const RuleInput& input);

// The first instant at or after `from` at which all rules pass; kNever if there is none.
Instant all_pass_at(Rules rules, Instant from, const RuleInput& input);

}  // namespace orchestrator::policy
