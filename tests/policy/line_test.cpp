// Which of a person's messages goes when some are held by rules of their own: by a best hour, or because
// parts of a sequence are missing.
#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T17:00:00Z");     // in New York
const Instant kEvening = at("2026-01-16T23:00:00Z");  // 18:00, the best hour below

UserFacts answers_at_six() {
  UserFacts facts;
  facts.response_pattern = pattern({18});
  return facts;
}

QueuedMessage sequence(std::string_view id, Priority priority, Instant scheduled_for, bool is_complete) {
  QueuedMessage head = message(id, priority, scheduled_for);
  head.is_complete = is_complete;
  head.sequence = {head.id, MessageId(std::string(id) + "-2"), MessageId(std::string(id) + "-3")};
  return head;
}

QueuedMessage undelayable(QueuedMessage message) {
  message.can_delay = false;
  return message;
}

QueuedMessage expired(QueuedMessage message) {
  message.expires_at = kNoon;
  return message;
}

std::string promoted(const Plan& plan) { return plan.promote ? plan.promote->value : "none"; }

TEST(Line, AMessageHeldForItsBestHourLetsTheNextOnePass) {
  const std::vector waiting = {message("m1", Priority::medium, kNoon - 2h),
                               undelayable(message("m2", Priority::medium, kNoon - 1h))};
  const Plan plan = plan_user(kNoon, heads(waiting), answers_at_six(), default_limits());
  EXPECT_EQ(promoted(plan), "m2");
  EXPECT_FALSE(plan.deferred_by);
  EXPECT_EQ(plan.next_attempt_at, kEvening);
}

TEST(Line, WhatIsHeldByARuleOfThePersonHoldsAll) {
  UserFacts facts = answers_at_six();
  facts.last_outbound_at = kNoon - 10s;
  const std::vector waiting = {message("m1", Priority::medium, kNoon - 2h),
                               undelayable(message("m2", Priority::medium, kNoon - 1h))};
  const Plan plan = plan_user(kNoon, heads(waiting), facts, default_limits());
  EXPECT_EQ(promoted(plan), "none");
  EXPECT_EQ(plan.deferred_by, Reason::optimal_time) << "the head of line's first reason";
  EXPECT_EQ(plan.next_attempt_at, kNoon + 20s);
  EXPECT_EQ(plan.blocked_by, Reason::cooldown);
}

TEST(Line, TheAlarmIsTheEarliestOfAll) {
  const Plan plan =
      plan_user(kNoon,
                heads({message("m", Priority::medium, kNoon), message("h", Priority::high, kNoon + 2h),
                       undelayable(message("l", Priority::low, kNoon + 1h))}),
                answers_at_six(), default_limits());
  EXPECT_EQ(promoted(plan), "none");
  EXPECT_EQ(plan.deferred_by, Reason::optimal_time);
  EXPECT_EQ(plan.next_attempt_at, kNoon + 1h);
  EXPECT_FALSE(plan.blocked_until) << "what comes meanwhile need not wait";
  EXPECT_TRUE(plan.express);
}

TEST(Line, AnIncompleteSequenceLetsTheNextOnePassAndSetsNoAlarm) {
  const QueuedMessage incomplete = sequence("s", Priority::urgent, kNoon - 1h, false);
  const Plan beside = plan_user(kNoon, heads({incomplete, message("l", Priority::low, kNoon)}), UserFacts{},
                                default_limits());
  EXPECT_EQ(promoted(beside), "l");
  EXPECT_FALSE(beside.next_attempt_at);
  EXPECT_TRUE(beside.express);

  const Plan alone = plan_user(kNoon, heads({incomplete}), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(alone), "none");
  EXPECT_EQ(alone.deferred_by, Reason::incomplete_sequence);
  EXPECT_FALSE(alone.next_attempt_at);

  const Plan too_late = plan_user(kNoon, heads({expired(incomplete)}), UserFacts{}, default_limits());
  EXPECT_EQ(too_late.expire, (std::vector{MessageId("s")}));

  const QueuedMessage held_but_ended = expired(message("m", Priority::medium, kNoon - 2h));
  const Plan behind =
      plan_user(kNoon, heads({held_but_ended, sequence("s", Priority::medium, kNoon - 1h, false)}),
                answers_at_six(), default_limits());
  EXPECT_EQ(behind.deferred_by, Reason::incomplete_sequence);

  const Verdict verdict = decide(kNoon, incomplete, UserFacts{}, default_limits());
  EXPECT_EQ(verdict.decision, Decision::defer);
  EXPECT_EQ(verdict.reason, Reason::incomplete_sequence);
  EXPECT_FALSE(verdict.eligible_at);
}

TEST(Line, ACompleteSequenceCountsAsOne) {
  Limits limits = default_limits();
  limits.daily = 2;
  const Plan plan = plan_user(
      kNoon,
      heads({sequence("s", Priority::medium, kNoon - 1h, true), message("m", Priority::medium, kNoon)}),
      UserFacts{}, limits);
  EXPECT_EQ(promoted(plan), "s");
  EXPECT_EQ(plan.facts.sent_on_date, 1);
  EXPECT_EQ(plan.facts.recent_sends.size(), 1U);
  EXPECT_EQ(plan.next_attempt_at, kNoon + 30s);
}

// Two of its kind are held: so is whatever is behind them, and lower lanes may pass.
TEST(Line, WhatIsUnseenBehindTwoHeldOnesIsHeldAsWell) {
  const std::vector waiting = {message("m1", Priority::medium, kNoon - 2h),
                               message("m2", Priority::medium, kNoon - 1h),
                               undelayable(message("l", Priority::low, kNoon))};
  const Plan plan = plan_user(kNoon, heads(waiting), answers_at_six(), default_limits());
  EXPECT_EQ(promoted(plan), "l");
  EXPECT_EQ(plan.next_attempt_at, kEvening);

  std::vector ended = waiting;
  ended[0] = expired(ended[0]);
  ended[1] = expired(ended[1]);
  const Plan behind_ended = plan_user(kNoon, heads(ended), answers_at_six(), default_limits());
  EXPECT_EQ(promoted(behind_ended), "l") << "a third one would still be held";
  EXPECT_EQ(behind_ended.next_attempt_at, kEvening);
}

TEST(Line, TheKindsOfOneLaneHideNothingOfEachOther) {
  const std::vector waiting = {expired(message("m1", Priority::medium, kNoon - 2h)),
                               expired(undelayable(message("m2", Priority::medium, kNoon - 1h))),
                               message("l", Priority::low, kNoon)};
  EXPECT_EQ(promoted(plan_user(kNoon, heads(waiting), UserFacts{}, default_limits())), "l");

  const std::vector same_kind = {expired(message("m1", Priority::medium, kNoon - 2h)),
                                 expired(message("m2", Priority::medium, kNoon - 1h)),
                                 message("l", Priority::low, kNoon)};
  EXPECT_EQ(promoted(plan_user(kNoon, heads(same_kind), UserFacts{}, default_limits())), "none");
}

TEST(Line, ReadToItsEndHidesNothing) {
  const std::vector waiting = {expired(message("h1", Priority::high, kNoon - 2h)),
                               expired(message("h2", Priority::high, kNoon - 1h)),
                               message("l", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, all_of(waiting), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "l");
  EXPECT_EQ(plan.expire.size(), 2U);
  EXPECT_FALSE(plan.next_attempt_at);
  EXPECT_FALSE(plan.express);

  const Plan later = plan_user(
      kNoon, all_of({expired(message("a", Priority::low, kNoon)), message("b", Priority::low, kNoon + 1h)}),
      UserFacts{}, default_limits());
  EXPECT_EQ(later.next_attempt_at, kNoon + 1h);
}

}  // namespace
}  // namespace orchestrator::policy
