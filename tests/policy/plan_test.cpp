#include <gtest/gtest.h>

#include <algorithm>

#include "policy/situations.hpp"

namespace orchestrator::policy {
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

UserFacts sent_at(Instant instant) { return after_sending(instant, UserFacts{}, default_limits()); }

TEST(Plan, OfNothing) {
  const Plan plan = plan_user(kNoon, heads({}), UserFacts{}, default_limits());
  EXPECT_FALSE(plan.promote);
  EXPECT_FALSE(plan.deferred_by);
  EXPECT_FALSE(plan.next_attempt_at);
  EXPECT_FALSE(plan.express);
  EXPECT_FALSE(plan.cancel_all);
  EXPECT_FALSE(plan.blocked_until);
}

TEST(Plan, ServesLaneThenTimeThenId) {
  struct Situation {
    std::string_view what;
    std::vector<QueuedMessage> waiting;
    std::string_view first;
  };
  const Situation situations[] = {
      {"lane before time",
       {message("a", Priority::low, kNoon - 2h), message("b", Priority::urgent, kNoon)},
       "b"},
      {"every lane in turn",
       {message("l", Priority::low, kNoon), message("m", Priority::medium, kNoon),
        message("h", Priority::high, kNoon)},
       "h"},
      {"time before id",
       {message("a", Priority::medium, kNoon), message("b", Priority::medium, kNoon - 1us)},
       "b"},
      {"id at last", {message("b", Priority::medium, kNoon), message("a", Priority::medium, kNoon)}, "a"},
      {"what is not due does not stand in line",
       {message("a", Priority::urgent, kNoon + 1us), message("b", Priority::low, kNoon)},
       "b"},
      {"what is expired does not either",
       {expired(message("a", Priority::urgent, kNoon - 1h)), message("b", Priority::low, kNoon)},
       "b"},
      {"what has nothing to say gives way",
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

TEST(Plan, PromotesOneAndReturnsAfterTheCooldown) {
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

TEST(Plan, OfTheLastMessageKeepsTheGateForThoseToCome) {
  const Plan plan =
      plan_user(kNoon, heads({message("a", Priority::urgent, kNoon)}), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_FALSE(plan.next_attempt_at);
  EXPECT_FALSE(plan.express);
  EXPECT_EQ(text_of(plan.blocked_until), "2026-01-16T17:00:30.000000Z");
}

TEST(Plan, HoldsALineWhileThePersonIsBlocked) {
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

TEST(Plan, WithNothingDueNamesTheGateButDefersNobody) {
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

TEST(Plan, CountsTheSendBeforeItLooksAhead) {
  Limits limits = default_limits();
  limits.daily = 2;
  const std::vector waiting = {message("a", Priority::medium, kNoon), message("b", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, heads(waiting), sent_at(kNoon - 2h), limits);
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-17T13:00:00.000000Z")
      << "midnight, then quiet until 08:00";
  EXPECT_EQ(plan.blocked_by, Reason::cooldown) << "the first in the table's order";
}

TEST(Plan, CancelsEverythingOfThoseWhoOptedOut) {
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

TEST(Plan, LooksBehindTheExpiredAtOnce) {
  const Plan plan = plan_user(
      kNoon,
      heads({expired(message("a", Priority::medium, kNoon - 2h)),
             expired(message("b", Priority::medium, kNoon + 2h)), message("c", Priority::low, kNoon + 1h)}),
      UserFacts{}, default_limits());
  EXPECT_EQ(texts_of(plan.expire), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(promoted(plan), "nothing");
  EXPECT_EQ(plan.next_attempt_at, kNoon);

  const Plan blocked = plan_user(
      kNoon,
      heads({expired(message("a", Priority::medium, kNoon - 2h)), message("b", Priority::medium, kNoon)}),
      sent_at(kNoon - 1s), default_limits());
  EXPECT_EQ(texts_of(blocked.expire), (std::vector<std::string>{"a"}));
  EXPECT_EQ(blocked.deferred_by, Reason::cooldown);
  EXPECT_EQ(blocked.next_attempt_at, kNoon);
}

TEST(Plan, FailsWhatHasNothingToSayWhenItsTurnComes) {
  const std::vector waiting = {without_content(message("a", Priority::urgent, kNoon)),
                               without_content(message("b", Priority::low, kNoon))};
  const Plan open = plan_user(kNoon, heads(waiting), UserFacts{}, default_limits());
  EXPECT_EQ(texts_of(open.fail), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(open.next_attempt_at, kNoon);
  EXPECT_FALSE(open.facts.last_outbound_at) << "no message went out, no cooldown";
  EXPECT_FALSE(open.blocked_until);

  const Plan blocked = plan_user(kNoon, heads(waiting), sent_at(kNoon - 1s), default_limits());
  EXPECT_TRUE(blocked.fail.empty());
  EXPECT_EQ(blocked.deferred_by, Reason::cooldown);
  EXPECT_EQ(text_of(blocked.next_attempt_at), "2026-01-16T17:00:29.000000Z");
}

TEST(Plan, ReturnsForTheRowsThatNobodyHasSeen) {
  const Plan plan =
      plan_user(kNoon,
                heads({expired(message("a", Priority::high, kNoon - 2h)),
                       message("b", Priority::high, kNoon - 1h), message("c", Priority::low, kNoon + 5h)}),
                UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "b");
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-16T17:00:30.000000Z") << "more may wait behind b";
  EXPECT_TRUE(plan.express);

  const Plan alone = plan_user(
      kNoon, heads({message("b", Priority::high, kNoon - 1h), message("c", Priority::low, kNoon + 5h)}),
      UserFacts{}, default_limits());
  EXPECT_EQ(promoted(alone), "b");
  EXPECT_EQ(alone.next_attempt_at, kNoon + 5h) << "nothing waits behind b";
  EXPECT_FALSE(alone.express);
}

TEST(Plan, DoesNotOvertakeTheRowsThatNobodyHasSeen) {
  const std::vector waiting = {expired(message("a", Priority::high, kNoon - 2h)),
                               without_content(message("b", Priority::high, kNoon - 1h)),
                               message("c", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, heads(waiting), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "nothing") << "a third high message may be due";
  EXPECT_FALSE(plan.deferred_by);
  EXPECT_EQ(plan.next_attempt_at, kNoon);

  const std::vector not_due_behind = {expired(message("a", Priority::high, kNoon - 2h)),
                                      expired(message("b", Priority::high, kNoon + 1us)),
                                      message("c", Priority::low, kNoon)};
  EXPECT_EQ(promoted(plan_user(kNoon, heads(not_due_behind), UserFacts{}, default_limits())), "c");
}

TEST(Plan, ExpiresBehindThePromotedToo) {
  const Plan plan = plan_user(
      kNoon, heads({message("a", Priority::high, kNoon), expired(message("b", Priority::low, kNoon))}),
      UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(texts_of(plan.expire), (std::vector<std::string>{"b"}));
  EXPECT_FALSE(plan.next_attempt_at);
}

TEST(Plan, ReturnsAtOnceWhereNoCooldownHolds) {
  const std::vector waiting = {message("a", Priority::low, kNoon), message("b", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, heads(waiting), UserFacts{}, no_limits());
  EXPECT_EQ(promoted(plan), "a");
  EXPECT_EQ(plan.next_attempt_at, kNoon);
  EXPECT_FALSE(plan.blocked_until);
}

// The counters said 17 January, Tokyo's; it is the 16th in New York.
TEST(Plan, StoresTheCountOnTheDateThatAPersonMovedTo) {
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

}  // namespace
}  // namespace orchestrator::policy
