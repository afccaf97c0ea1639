// plan_user with queues that were not read to their end.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/counters.hpp"
#include "policy/situations.hpp"

namespace orchestrator::policy::plan_truncated_queue_test {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T17:00:00Z");     // in New York
const Instant kEvening = at("2026-01-16T23:00:00Z");  // 18:00, the best hour below

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

UserFacts with_best_hour_18() {
  UserFacts facts;
  facts.response_pattern = pattern({18});
  return facts;
}

QueuedMessage undelayable(QueuedMessage message) {
  message.can_delay = false;
  return message;
}

TEST(TruncatedQueue, IsReadAgainAtOnceAfterMessagesExpired) {
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
      with_send_at(kNoon - 1s), default_limits());
  EXPECT_EQ(texts_of(blocked.expire), (std::vector<std::string>{"a"}));
  EXPECT_EQ(blocked.deferred_by, Reason::cooldown);
  EXPECT_EQ(blocked.next_attempt_at, kNoon);
}

TEST(TruncatedQueue, MayHaveMessagesBehindThePromotedOne) {
  const Plan plan =
      plan_user(kNoon,
                heads({expired(message("a", Priority::high, kNoon - 2h)),
                       message("b", Priority::high, kNoon - 1h), message("c", Priority::low, kNoon + 5h)}),
                UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "b");
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-16T17:00:30.000000Z") << "unread messages may follow b";
  EXPECT_TRUE(plan.express);

  const Plan alone = plan_user(
      kNoon, heads({message("b", Priority::high, kNoon - 1h), message("c", Priority::low, kNoon + 5h)}),
      UserFacts{}, default_limits());
  EXPECT_EQ(promoted(alone), "b");
  EXPECT_EQ(alone.next_attempt_at, kNoon + 5h) << "no message follows b";
  EXPECT_FALSE(alone.express);
}

TEST(TruncatedQueue, IsNotOvertakenInItsUnreadPart) {
  const std::vector waiting = {expired(message("a", Priority::high, kNoon - 2h)),
                               without_content(message("b", Priority::high, kNoon - 1h)),
                               message("c", Priority::low, kNoon)};
  const Plan plan = plan_user(kNoon, heads(waiting), UserFacts{}, default_limits());
  EXPECT_EQ(promoted(plan), "nothing") << "an unread high message may be due";
  EXPECT_FALSE(plan.deferred_by);
  EXPECT_EQ(plan.next_attempt_at, kNoon);

  const std::vector not_due_behind = {expired(message("a", Priority::high, kNoon - 2h)),
                                      expired(message("b", Priority::high, kNoon + 1us)),
                                      message("c", Priority::low, kNoon)};
  EXPECT_EQ(promoted(plan_user(kNoon, heads(not_due_behind), UserFacts{}, default_limits())), "c");
}

// Two messages of a kind are blocked: so are all unread ones behind them, and lower lanes may pass.
TEST(TruncatedQueue, IsBlockedBehindTwoBlockedMessagesOfAKind) {
  const std::vector waiting = {message("m1", Priority::medium, kNoon - 2h),
                               message("m2", Priority::medium, kNoon - 1h),
                               undelayable(message("l", Priority::low, kNoon))};
  const Plan plan = plan_user(kNoon, heads(waiting), with_best_hour_18(), default_limits());
  EXPECT_EQ(promoted(plan), "l");
  EXPECT_EQ(plan.next_attempt_at, kEvening);

  std::vector ended = waiting;
  ended[0] = expired(ended[0]);
  ended[1] = expired(ended[1]);
  const Plan behind_ended = plan_user(kNoon, heads(ended), with_best_hour_18(), default_limits());
  EXPECT_EQ(promoted(behind_ended), "l") << "an unread one would be blocked as well";
  EXPECT_EQ(behind_ended.next_attempt_at, kEvening);
}

TEST(TruncatedQueue, IsTruncatedByKindNotByLane) {
  const std::vector waiting = {expired(message("m1", Priority::medium, kNoon - 2h)),
                               expired(undelayable(message("m2", Priority::medium, kNoon - 1h))),
                               message("l", Priority::low, kNoon)};
  EXPECT_EQ(promoted(plan_user(kNoon, heads(waiting), UserFacts{}, default_limits())), "l");

  const std::vector same_kind = {expired(message("m1", Priority::medium, kNoon - 2h)),
                                 expired(message("m2", Priority::medium, kNoon - 1h)),
                                 message("l", Priority::low, kNoon)};
  EXPECT_EQ(promoted(plan_user(kNoon, heads(same_kind), UserFacts{}, default_limits())), "nothing");
}

TEST(TruncatedQueue, OtherwiseHasNoUnreadMessages) {
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
}  // namespace orchestrator::policy::plan_truncated_queue_test
