#include <gtest/gtest.h>

#include <algorithm>

#include "policy/counters.hpp"
#include "policy/situations.hpp"

namespace orchestrator::policy::plan_test {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T17:00:00Z");  // in New York
const Instant kMidnight = at("2026-01-16T05:00:00Z");
const Instant kMorning = at("2026-01-16T13:00:00Z");

std::string promoted(const Plan& plan) { return plan.promote ? plan.promote->value : "nothing"; }

std::vector<std::string> texts_of(const std::vector<MessageId>& ids) {
  std::vector<std::string> texts;
  for (const MessageId& id : ids) texts.push_back(id.value);
  std::ranges::sort(texts);
  return texts;
}

QueuedMessage expired(QueuedMessage message) {
  message.expires_at = kNoon;
  return message;
}

QueuedMessage without_content(QueuedMessage message) {
  message.has_content = false;
  return message;
}

UserFacts with_send_at(Instant instant) { return after_sending(instant, UserFacts{}, default_limits()); }

const Instant kEvening = at("2026-01-16T23:00:00Z");  // 18:00, the best hour below

UserFacts with_best_hour_18() {
  UserFacts facts;
  facts.response_pattern = pattern({18});
  return facts;
}

QueuedMessage undelayable(QueuedMessage message) {
  message.can_delay = false;
  return message;
}

TEST(Plan, OfAnEmptyQueueIsEmpty) {
  const Plan plan = plan_user(kNoon, heads({}), UserFacts{}, default_limits());
  EXPECT_FALSE(plan.promote);
  EXPECT_FALSE(plan.deferred_by);
  EXPECT_FALSE(plan.next_attempt_at);
  EXPECT_FALSE(plan.express);
  EXPECT_FALSE(plan.cancel_all);
  EXPECT_FALSE(plan.blocked_until);
}

TEST(Plan, OrdersByLaneThenScheduledForThenId) {
  struct Situation {
    std::string_view what;
    std::vector<QueuedMessage> waiting;
    std::string_view first;
  };
  const Situation situations[] = {
      {"lane before time",
       {message("a", Priority::low, kNoon - 2h), message("b", Priority::urgent, kNoon)},
       "b"},
      {"lanes in their order",
       {message("l", Priority::low, kNoon), message("m", Priority::medium, kNoon),
        message("h", Priority::high, kNoon)},
       "h"},
      {"time before id",
       {message("a", Priority::medium, kNoon), message("b", Priority::medium, kNoon - 1us)},
       "b"},
      {"id last", {message("b", Priority::medium, kNoon), message("a", Priority::medium, kNoon)}, "a"},
      {"a message that is not due does not block others",
       {message("a", Priority::urgent, kNoon + 1us), message("b", Priority::low, kNoon)},
       "b"},
      {"nor does an expired one",
       {expired(message("a", Priority::urgent, kNoon - 1h)), message("b", Priority::low, kNoon)},
       "b"},
      {"nor does one without content",
       {without_content(message("a", Priority::high, kNoon)), message("b", Priority::low, kNoon)},
       "b"},
      {"nothing is due", {message("a", Priority::urgent, kNoon + 1us)}, "nothing"},
  };
  for (const Situation& s : situations) {
    const Plan plan = plan_user(kNoon, heads(s.waiting), UserFacts{}, default_limits());
    EXPECT_EQ(promoted(plan), s.first) << s.what;
    EXPECT_FALSE(plan.deferred_by) << s.what;
  }
}

TEST(Plan, PromotesOneMessageAndSchedulesTheNextAttemptAfterTheCooldown) {
  const Plan plan = plan_user(
      kNoon, heads({message("a", Priority::medium, kNoon - 1h), message("b", Priority::medium, kNoon - 1h)}),
      UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-16T17:00:30.000000Z");
  EXPECT_EQ(text_of(plan.blocked_until), "2026-01-16T17:00:30.000000Z");
  EXPECT_EQ(plan.blocked_by, Reason::cooldown);
  EXPECT_FALSE(plan.express);
  EXPECT_EQ(plan.facts.last_outbound_at, kNoon);
  EXPECT_EQ(plan.facts.sent_on_date, 1);
}

TEST(Plan, StoresTheBlockAfterTheLastMessageForNewOnes) {
  const Plan plan =
      plan_user(kNoon, heads({message("a", Priority::urgent, kNoon)}), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_FALSE(plan.next_attempt_at);
  EXPECT_FALSE(plan.express);
  EXPECT_EQ(text_of(plan.blocked_until), "2026-01-16T17:00:30.000000Z");
}

TEST(Plan, DefersTheHeadOfLineWhileTheUserIsBlocked) {
  const std::vector waiting = {message("a", Priority::urgent, kMidnight),
                               message("b", Priority::low, kMidnight)};
  const Plan plan = plan_user(kMidnight, heads(waiting), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "nothing");
  EXPECT_EQ(plan.deferred_by, Reason::quiet_hours);
  EXPECT_EQ(plan.next_attempt_at, kMorning);
  EXPECT_EQ(plan.blocked_until, kMorning);
  EXPECT_EQ(plan.blocked_by, Reason::quiet_hours);
  EXPECT_TRUE(plan.express);
  EXPECT_FALSE(plan.facts.last_outbound_at);
}

TEST(Plan, StoresTheBlockButDefersNothingIfNothingIsDue) {
  const Instant evening = at("2026-01-17T02:00:00Z");  // 21:00
  const Plan at_night =
      plan_user(kMidnight, heads({message("a", Priority::high, kNoon)}), UserFacts{}, default_limits());
  EXPECT_FALSE(at_night.deferred_by);
  EXPECT_EQ(at_night.next_attempt_at, kNoon);
  EXPECT_EQ(at_night.blocked_until, kMorning);

  const Plan by_day =
      plan_user(kNoon, heads({message("a", Priority::low, evening + 2h)}), UserFacts{}, default_limits());
  EXPECT_EQ(text_of(by_day.next_attempt_at), "2026-01-17T13:00:00.000000Z");
  EXPECT_FALSE(by_day.blocked_until);
  EXPECT_FALSE(by_day.express);
}

TEST(Plan, CountsTheSendBeforeItComputesTheNextAttempt) {
  Limits limits = default_limits();
  limits.daily = 2;
  const std::vector waiting = {message("a", Priority::medium, kNoon), message("b", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, heads(waiting), with_send_at(kNoon - 2h), limits);
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-17T13:00:00.000000Z")
      << "midnight, then quiet until 08:00";
  EXPECT_EQ(plan.blocked_by, Reason::cooldown) << "the first in the table's order";
}

TEST(Plan, CancelsAllMessagesOfAnOptedOutUser) {
  UserFacts facts;
  facts.opted_out = true;
  const std::vector waiting = {message("a", Priority::urgent, kMidnight),
                               expired(message("b", Priority::low, kMidnight))};
  const Plan plan = plan_user(kMidnight, heads(waiting), facts, default_limits());
  EXPECT_TRUE(plan.cancel_all);
  EXPECT_EQ(promoted(plan), "nothing");
  EXPECT_TRUE(plan.expire.empty());
  EXPECT_FALSE(plan.next_attempt_at);
  EXPECT_FALSE(plan.blocked_until);
  EXPECT_FALSE(plan.express);
}

TEST(Plan, FailsMessagesWithoutContentOnceTheyCouldBeSent) {
  const std::vector waiting = {without_content(message("a", Priority::urgent, kNoon)),
                               without_content(message("b", Priority::low, kNoon))};
  const Plan open = plan_user(kNoon, heads(waiting), UserFacts{}, default_limits());
  EXPECT_EQ(texts_of(open.fail), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(open.next_attempt_at, kNoon);
  EXPECT_FALSE(open.facts.last_outbound_at) << "no message was sent, so there is no cooldown";
  EXPECT_FALSE(open.blocked_until);

  const Plan blocked = plan_user(kNoon, heads(waiting), with_send_at(kNoon - 1s), default_limits());
  EXPECT_TRUE(blocked.fail.empty());
  EXPECT_EQ(blocked.deferred_by, Reason::cooldown);
  EXPECT_EQ(text_of(blocked.next_attempt_at), "2026-01-16T17:00:29.000000Z");
}

TEST(Plan, ExpiresMessagesBehindThePromotedOneToo) {
  const Plan plan = plan_user(
      kNoon, heads({message("a", Priority::high, kNoon), expired(message("b", Priority::low, kNoon))}),
      UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(texts_of(plan.expire), (std::vector<std::string>{"b"}));
  EXPECT_FALSE(plan.next_attempt_at);
}

TEST(Plan, SchedulesTheNextAttemptAtOnceWithoutACooldown) {
  const std::vector waiting = {message("a", Priority::low, kNoon), message("b", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, heads(waiting), UserFacts{}, no_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(plan.next_attempt_at, kNoon);
  EXPECT_FALSE(plan.blocked_until);
}

// The count is of 17 January, in Tokyo; it is the 16th in New York.
TEST(Plan, StoresTheCountForTheLocalDateAfterAMove) {
  UserFacts facts;
  facts.counted_date = date(2026, 1, 17);
  facts.sent_on_date = 10;
  facts.last_outbound_at = kNoon - 1h;
  const Plan plan = plan_user(kNoon, heads({message("a", Priority::low, kNoon)}), facts, default_limits());
  EXPECT_EQ(plan.deferred_by, Reason::daily_limit_reached);
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-17T13:00:00.000000Z");
  EXPECT_EQ(plan.facts.counted_date, date(2026, 1, 16));
  EXPECT_EQ(plan.facts.sent_on_date, 10);
}

TEST(Plan, PromotesTheNextMessageWhileOneWaitsForItsBestHour) {
  const std::vector waiting = {message("m1", Priority::medium, kNoon - 2h),
                               undelayable(message("m2", Priority::medium, kNoon - 1h))};
  const Plan plan = plan_user(kNoon, heads(waiting), with_best_hour_18(), default_limits());
  EXPECT_EQ(promoted(plan), "m2");
  EXPECT_FALSE(plan.deferred_by);
  EXPECT_EQ(plan.next_attempt_at, kEvening);
}

TEST(Plan, PromotesNothingWhileARuleOfTheUserBlocks) {
  UserFacts facts = with_best_hour_18();
  facts.last_outbound_at = kNoon - 10s;
  const std::vector waiting = {message("m1", Priority::medium, kNoon - 2h),
                               undelayable(message("m2", Priority::medium, kNoon - 1h))};
  const Plan plan = plan_user(kNoon, heads(waiting), facts, default_limits());
  EXPECT_EQ(promoted(plan), "nothing");
  EXPECT_EQ(plan.deferred_by, Reason::optimal_time) << "the first reason of the head of line";
  EXPECT_EQ(plan.next_attempt_at, kNoon + 20s);
  EXPECT_EQ(plan.blocked_by, Reason::cooldown);
}

TEST(Plan, SchedulesTheNextAttemptForTheEarliestMessage) {
  const Plan plan =
      plan_user(kNoon,
                heads({message("m", Priority::medium, kNoon), message("h", Priority::high, kNoon + 2h),
                       undelayable(message("l", Priority::low, kNoon + 1h))}),
                with_best_hour_18(), default_limits());
  EXPECT_EQ(promoted(plan), "nothing");
  EXPECT_EQ(plan.deferred_by, Reason::optimal_time);
  EXPECT_EQ(plan.next_attempt_at, kNoon + 1h);
  EXPECT_FALSE(plan.blocked_until) << "a new message need not wait";
  EXPECT_TRUE(plan.express);
}

}  // namespace
}  // namespace orchestrator::policy::plan_test
