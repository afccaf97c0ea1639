#include <gtest/gtest.h>

#include "policy/explained.hpp"
#include "policy/policy.hpp"

namespace orchestrator::policy::incomplete_sequence_test {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T17:00:00Z");  // in New York

UserFacts with_best_hour_18() {
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

QueuedMessage expired(QueuedMessage message) {
  message.expires_at = kNoon;
  return message;
}

std::string promoted(const Plan& plan) { return plan.promote ? plan.promote->value : "none"; }

TEST(IncompleteSequence, DelaysItselfOnlyAndSetsNoNextAttempt) {
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

  const QueuedMessage expired_medium = expired(message("m", Priority::medium, kNoon - 2h));
  const Plan behind =
      plan_user(kNoon, heads({expired_medium, sequence("s", Priority::medium, kNoon - 1h, false)}),
                with_best_hour_18(), default_limits());
  EXPECT_EQ(behind.deferred_by, Reason::incomplete_sequence);

  const Verdict verdict = decide(kNoon, incomplete, UserFacts{}, default_limits());
  EXPECT_EQ(verdict.decision, Decision::defer);
  EXPECT_EQ(verdict.reason, Reason::incomplete_sequence);
  EXPECT_FALSE(verdict.eligible_at);
}

TEST(IncompleteSequence, CountsAsOneMessageOnceComplete) {
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

TEST(IncompleteSequence, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "incomplete_sequence"), "pass: a single message");
  s.message.sequence = {MessageId("m"), MessageId("n"), MessageId("o")};
  EXPECT_EQ(explanation_of(s, "incomplete_sequence"), "pass: 3 parts of the sequence, none missing");
  s.message.sequence = {MessageId("m")};
  s.message.is_complete = false;
  EXPECT_EQ(explanation_of(s, "incomplete_sequence"),
            "block: parts of the sequence are missing, 1 part arrived");
}

}  // namespace
}  // namespace orchestrator::policy::incomplete_sequence_test
