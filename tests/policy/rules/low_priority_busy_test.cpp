#include <gtest/gtest.h>

#include "policy/explained.hpp"
#include "policy/policy.hpp"

namespace orchestrator::policy::low_priority_busy_test {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T17:00:00Z");  // in New York
const ResponsePattern kEvening = pattern({18});

UserFacts busy() {
  UserFacts facts;
  facts.queue_is_busy = true;
  return facts;
}

QueuedMessage undelayable(QueuedMessage message) {
  message.can_delay = false;
  return message;
}

TEST(LowPriorityBusy, DefersLowMessagesWhileTheQueueIsBusy) {
  struct Situation {
    std::string_view what;
    QueuedMessage message;
    UserFacts facts;
    std::string_view reason;
    std::string_view eligible_at;
  };
  const Situation situations[] = {
      {"busy", message("l", Priority::low, kNoon), busy(), "low_priority_busy",
       "2026-01-16T17:05:00.000000Z"},
      {"not busy", message("l", Priority::low, kNoon), {}, "none", "2026-01-16T17:00:00.000000Z"},
      {"cannot be delayed", undelayable(message("l", Priority::low, kNoon)), busy(), "none",
       "2026-01-16T17:00:00.000000Z"},
      {"another lane", message("m", Priority::medium, kNoon), busy(), "none", "2026-01-16T17:00:00.000000Z"},
      {"due later", message("l", Priority::low, kNoon + 1h), busy(), "not_due",
       "2026-01-16T18:00:00.000000Z"},
      {"due before the next evaluation", message("l", Priority::low, kNoon + 1min), busy(), "not_due",
       "2026-01-16T17:05:00.000000Z"},
      {"nearly aged", message("l", Priority::low, kNoon - 24h + 2min), busy(), "low_priority_busy",
       "2026-01-16T17:02:00.000000Z"},
      {"a microsecond less than 24 hours late", message("l", Priority::low, kNoon - 24h + 1us), busy(),
       "low_priority_busy", "2026-01-16T17:00:00.000001Z"},
      {"aged", message("l", Priority::low, kNoon - 24h), busy(), "none", "2026-01-16T17:00:00.000000Z"},
  };
  for (const Situation& s : situations) {
    const Verdict verdict = decide(kNoon, s.message, s.facts, default_limits());
    EXPECT_EQ(text_of(verdict.reason), s.reason) << s.what;
    EXPECT_EQ(text_of(verdict.eligible_at), s.eligible_at) << s.what;
  }
}

TEST(LowPriorityBusy, IsFollowedByTheOtherRules) {
  const Instant evening = at("2026-01-17T02:58:00Z");  // two minutes before quiet hours
  const Verdict verdict = decide(evening, message("l", Priority::low, evening), busy(), default_limits());
  EXPECT_EQ(verdict.reason, Reason::low_priority_busy);
  EXPECT_EQ(text_of(verdict.eligible_at), "2026-01-17T13:00:00.000000Z");
}

TEST(LowPriorityBusy, BlocksWhileAMessageOfAHigherLaneIsDueAndStays) {
  struct Situation {
    std::string_view what;
    std::vector<QueuedMessage> waiting;
    std::string_view promoted;
    std::string_view deferred_by;
    std::string_view next;
  };
  QueuedMessage incomplete = message("h", Priority::high, kNoon - 1h);
  incomplete.is_complete = false;
  QueuedMessage expired = message("m", Priority::medium, kNoon - 1h);
  expired.expires_at = kNoon;
  const QueuedMessage delayed = message("m", Priority::medium, kNoon);  // until 18:00, 23:00Z
  const QueuedMessage low = message("l", Priority::low, kNoon);
  const Situation situations[] = {
      {"waits for its best hour", {delayed, low}, "none", "optimal_time", "2026-01-16T17:05:00.000000Z"},
      {"not due",
       {message("m", Priority::medium, kNoon + 1us), low},
       "l",
       "none",
       "2026-01-16T23:00:00.000000Z"},
      {"is promoted itself",
       {message("h", Priority::high, kNoon), low},
       "h",
       "none",
       "2026-01-16T17:00:30.000000Z"},
      {"the second one stays",
       {message("h1", Priority::high, kNoon), message("h2", Priority::high, kNoon), low},
       "h1",
       "none",
       "2026-01-16T17:00:30.000000Z"},
      {"waits for missing parts", {incomplete, low}, "l", "none", "none"},
      {"is expired", {expired, low}, "l", "none", "none"},
      {"the low one cannot be delayed",
       {delayed, undelayable(low)},
       "l",
       "none",
       "2026-01-16T23:00:00.000000Z"},
      {"the low one has aged",
       {delayed, message("l", Priority::low, kNoon - 24h)},
       "l",
       "none",
       "2026-01-16T23:00:00.000000Z"},
      {"an aged one is promoted, and does not count as a higher lane",
       {message("l1", Priority::low, kNoon - 24h), low},
       "l1",
       "none",
       "2026-01-16T17:00:30.000000Z"},
  };
  for (const Situation& s : situations) {
    UserFacts facts;
    facts.response_pattern = kEvening;
    const Plan plan = plan_user(kNoon, all_of(s.waiting), facts, default_limits());
    EXPECT_EQ(plan.promote ? plan.promote->value : "none", s.promoted) << s.what;
    EXPECT_EQ(text_of(plan.deferred_by), s.deferred_by) << s.what;
    EXPECT_EQ(text_of(plan.next_attempt_at), s.next) << s.what;
  }
}

TEST(LowPriorityBusy, DelaysForFiveMinutesEvenIfTheCooldownIsShorter) {
  const Plan plan =
      plan_user(kNoon, all_of({message("h", Priority::high, kNoon), message("l", Priority::low, kNoon)}),
                busy(), default_limits());
  EXPECT_EQ(plan.promote, MessageId("h"));
  EXPECT_EQ(text_of(plan.next_attempt_at), "2026-01-16T17:05:00.000000Z");
}

TEST(LowPriorityBusy, EndsWhenTheMessageAgesIntoTheMediumLaneAfter24Hours) {
  const auto first = [](Instant low_scheduled, Instant medium_scheduled) {
    const Plan plan = plan_user(kNoon,
                                all_of({message("a-medium", Priority::medium, medium_scheduled),
                                        message("b-low", Priority::low, low_scheduled)}),
                                UserFacts{}, default_limits());
    return plan.promote ? plan.promote->value : "none";
  };
  EXPECT_EQ(first(kNoon - 24h + 1us, kNoon), "a-medium") << "not yet aged";
  EXPECT_EQ(first(kNoon - 24h, kNoon), "b-low") << "the older of two medium ones";
  EXPECT_EQ(first(kNoon - 24h, kNoon - 24h), "a-medium") << "by id";
  EXPECT_EQ(first(kNoon - 24h, kNoon - 25h), "a-medium") << "the older one";

  const Plan beside_high = plan_user(
      kNoon, all_of({message("h", Priority::high, kNoon), message("l", Priority::low, kNoon - 48h)}),
      UserFacts{}, default_limits());
  EXPECT_EQ(beside_high.promote, MessageId("h")) << "never into a higher lane";
}

TEST(LowPriorityBusy, AgesMessagesThatCannotBeDelayedToo) {
  const Plan plan = plan_user(
      kNoon,
      all_of({message("m", Priority::medium, kNoon), undelayable(message("l", Priority::low, kNoon - 24h))}),
      UserFacts{}, default_limits());
  EXPECT_EQ(plan.promote, MessageId("l"));
}

// A new medium message arrives as each earlier one is sent: after 24 hours the low message is sent.
TEST(LowPriorityBusy, DoesNotStarveLowMessages) {
  Limits limits = no_limits();
  limits.cooldown = 10min;
  UserFacts facts;
  const QueuedMessage low = message("low", Priority::low, kNoon);
  Instant now = kNoon;
  std::optional<MessageId> sent;
  for (int i = 0; sent != low.id && i < 1000; ++i, now += 10min) {
    const QueuedMessage medium = message("m" + std::to_string(i), Priority::medium, now);
    const Plan plan = plan_user(now, all_of({medium, low}), facts, limits);
    facts = plan.facts;
    sent = plan.promote;
  }
  EXPECT_EQ(sent, low.id);
  EXPECT_EQ(now - 10min, kNoon + 24h);
}

TEST(LowPriorityBusy, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "low_priority_busy"), "pass: only low messages wait while the queue is busy");
  s.message.priority = Priority::low;
  EXPECT_EQ(explanation_of(s, "low_priority_busy"), "pass: the queue is not busy");
  s.facts.queue_is_busy = true;
  EXPECT_EQ(explanation_of(s, "low_priority_busy"),
            "block until 2026-01-16T12:05:00: too many users are due, next evaluation in 5 min");
  s.message.can_delay = false;
  EXPECT_EQ(explanation_of(s, "low_priority_busy"), "pass: the message cannot be delayed");
  s.message.can_delay = true;
  s.message.scheduled_for = kExplainedAt - 24h;
  EXPECT_EQ(explanation_of(s, "low_priority_busy"), "pass: aged into the medium lane after 24 hours");
}

TEST(LowPriorityBusy, IsExplainedWithTheRestOfTheQueue) {
  Subject s;
  s.message.priority = Priority::low;
  s.queue = all_of({s.message, message("h1", Priority::high, kExplainedAt)});
  EXPECT_EQ(explanation_of(s, "low_priority_busy"), "pass: the queue is not busy")
      << "the other message is promoted now";
  s.queue = all_of(
      {s.message, message("h1", Priority::high, kExplainedAt), message("h2", Priority::high, kExplainedAt)});
  EXPECT_EQ(explanation_of(s, "low_priority_busy"),
            "block until 2026-01-16T12:05:00: a message of a higher lane is due, next evaluation in 5 min");
  s.queue = all_of({s.message, message("h1", Priority::high, kExplainedAt + 1us)});
  EXPECT_EQ(explanation_of(s, "low_priority_busy"), "pass: the queue is not busy");
}

}  // namespace
}  // namespace orchestrator::policy::low_priority_busy_test
