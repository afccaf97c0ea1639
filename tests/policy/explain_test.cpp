// What people read who ask why a message waits.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/situations.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T12:00:00Z");

// One message and one person in London, whose clocks show UTC in January; it is a Friday.
struct Subject {
  Instant now = kNoon;
  QueuedMessage message = situations::message("m", Priority::medium, kNoon);
  UserFacts facts = {};
  RuleDefaults defaults = {};
  UserQueue line = {};

  Subject() { facts.timezone = "Europe/London"; }

  std::vector<RuleVerdict> explained() const {
    return explain(now, message, facts, limits_in_force(facts, defaults), line);
  }
};

// "pass: detail" or "block until …: detail".
std::string told(const Subject& subject, std::string_view rule) {
  const auto verdicts = subject.explained();
  const auto found = std::ranges::find(verdicts, rule, &RuleVerdict::rule);
  if (found == verdicts.end()) return "no such rule";
  std::string text = found->verdict == RuleVerdict::Says::block ? "block" : "pass";
  if (found->until) text += " until " + format_instant(*found->until).substr(0, 19);
  return text + ": " + found->detail;
}

TEST(Explain, NamesEveryRuleInOrder) {
  std::vector<std::string_view> rules;
  for (const RuleVerdict& verdict : Subject{}.explained()) {
    rules.push_back(verdict.rule);
    EXPECT_EQ(verdict.verdict, RuleVerdict::Says::pass) << verdict.rule;
    EXPECT_FALSE(verdict.until) << verdict.rule;
    EXPECT_FALSE(verdict.detail.empty()) << verdict.rule;
  }
  EXPECT_EQ(rules, (std::vector<std::string_view>{"expired", "incomplete_sequence", "not_due", "optimal_time",
                                                  "low_priority_busy", "opted_out", "cooldown",
                                                  "hourly_limit", "daily_limit", "quiet_hours"}));
}

TEST(Explain, TheRulesOfAMessage) {
  Subject s;
  EXPECT_EQ(told(s, "expired"), "pass: does not expire");
  s.message.expires_at = kNoon + 1h;
  EXPECT_EQ(told(s, "expired"), "pass: expires at 2026-01-16T13:00:00.000000Z");
  s.message.expires_at = kNoon;
  EXPECT_EQ(told(s, "expired"), "block: expired at 2026-01-16T12:00:00.000000Z");

  EXPECT_EQ(told(s, "incomplete_sequence"), "pass: a message by itself");
  s.message.sequence = {MessageId("m"), MessageId("n"), MessageId("o")};
  EXPECT_EQ(told(s, "incomplete_sequence"), "pass: 3 parts of the sequence, none missing");
  s.message.sequence = {MessageId("m")};
  s.message.is_complete = false;
  EXPECT_EQ(told(s, "incomplete_sequence"), "block: parts of the sequence are missing, 1 part arrived");

  EXPECT_EQ(told(s, "not_due"), "pass: due since 2026-01-16T12:00:00.000000Z");
  s.message.scheduled_for = kNoon + 90s;
  EXPECT_EQ(told(s, "not_due"), "block until 2026-01-16T12:01:30: due at 2026-01-16T12:01:30.000000Z");
}

TEST(Explain, OptimalTime) {
  Subject s;
  EXPECT_EQ(told(s, "optimal_time"), "pass: no response pattern is known");
  s.facts.response_pattern = ResponsePattern{};
  EXPECT_EQ(told(s, "optimal_time"), "pass: no response pattern is known");
  s.facts.response_pattern = pattern({9, 18});
  EXPECT_EQ(
      told(s, "optimal_time"),
      "block until 2026-01-16T18:00:00: local time 12:00 in Europe/London on Friday, the next best hour "
      "begins at 18:00 on Friday");
  s.now = kNoon + 6h + 30min + 15s;
  EXPECT_EQ(told(s, "optimal_time"), "pass: local time 18:30:15 in Europe/London on Friday, a best hour");
  s.now = kNoon;
  s.facts.last_inbound_at = kNoon - 4min - 59s;
  EXPECT_EQ(told(s, "optimal_time"), "pass: lifted: the user wrote 4 min ago");
  s.facts.last_inbound_at.reset();
  s.message.scheduled_for = kNoon - 20h;
  s.facts.response_pattern = pattern({9});
  EXPECT_EQ(
      told(s, "optimal_time"),
      "block until 2026-01-16T16:00:00: local time 12:00 in Europe/London on Friday, the next best hour "
      "begins at 09:00 on Saturday, held for 24 hours at most");
  s.message.scheduled_for = kNoon - 24h;
  EXPECT_EQ(told(s, "optimal_time"), "pass: waited 24 hours, the longest it may");
  s.message.scheduled_for = kNoon;
  s.facts.response_pattern = pattern({}, {1});
  EXPECT_EQ(told(s, "optimal_time"),
            "pass: local time 12:00 in Europe/London on Friday, no best hour within 24 hours");
  s.message.can_delay = false;
  EXPECT_EQ(told(s, "optimal_time"), "pass: the message may not be delayed");
  s.message.priority = Priority::high;
  EXPECT_EQ(told(s, "optimal_time"), "pass: only medium messages wait for a best hour");
}

TEST(Explain, TheLowLane) {
  Subject s;
  EXPECT_EQ(told(s, "low_priority_busy"), "pass: only low messages give way");
  s.message.priority = Priority::low;
  EXPECT_EQ(told(s, "low_priority_busy"), "pass: the queue is not busy");
  s.facts.queue_is_busy = true;
  EXPECT_EQ(told(s, "low_priority_busy"),
            "block until 2026-01-16T12:05:00: too many people's messages are due, next look in 5 min");
  s.message.can_delay = false;
  EXPECT_EQ(told(s, "low_priority_busy"), "pass: the message may not be delayed");
  s.message.can_delay = true;
  s.message.scheduled_for = kNoon - 24h;
  EXPECT_EQ(told(s, "low_priority_busy"), "pass: aged into the medium lane after 24 hours");
}

TEST(Explain, TheLowLaneGivesWayToWhatStays) {
  Subject s;
  s.message.priority = Priority::low;
  s.line = all_of({s.message, message("h1", Priority::high, kNoon)});
  EXPECT_EQ(told(s, "low_priority_busy"), "pass: the queue is not busy") << "the other one goes now";
  s.line = all_of({s.message, message("h1", Priority::high, kNoon), message("h2", Priority::high, kNoon)});
  EXPECT_EQ(told(s, "low_priority_busy"),
            "block until 2026-01-16T12:05:00: a message of a higher lane is waiting, next look in 5 min");
  s.line = all_of({s.message, message("h1", Priority::high, kNoon + 1us)});
  EXPECT_EQ(told(s, "low_priority_busy"), "pass: the queue is not busy");
}

TEST(Explain, OptOutAndCooldown) {
  Subject s;
  EXPECT_EQ(told(s, "opted_out"), "pass: the user has not opted out");
  EXPECT_EQ(told(s, "cooldown"), "pass: no message was sent before");
  s.facts.opted_out = true;
  s.facts.last_outbound_at = kNoon - 12s;
  EXPECT_EQ(told(s, "opted_out"), "block: the user has opted out");
  EXPECT_EQ(told(s, "cooldown"),
            "block until 2026-01-16T12:00:18: last message 12 s ago, at least 30 s must pass");
  s.facts.last_outbound_at = kNoon - 49h;
  EXPECT_EQ(told(s, "cooldown"), "pass: last message 2 days ago, at least 30 s must pass");
  s.facts.last_outbound_at = kNoon + 1s;
  EXPECT_EQ(told(s, "cooldown"),
            "block until 2026-01-16T12:00:31: last message 0 s ago, at least 30 s must pass");
}

TEST(Explain, TheLimits) {
  Subject s;
  s.facts.recent_sends = {kNoon - 60min, kNoon - 50min, kNoon - 30min, kNoon - 3min};
  EXPECT_EQ(told(s, "hourly_limit"), "pass: 3 of 5 messages in the last 60 minutes");
  s.facts.hourly_limit = 3;
  EXPECT_EQ(told(s, "hourly_limit"),
            "block until 2026-01-16T12:10:00: 3 of 3 messages in the last 60 minutes");
  s.facts.last_inbound_at = kNoon - 30s;
  s.facts.hourly_limit = 4;
  EXPECT_EQ(told(s, "hourly_limit"), "pass: 3 of 4 messages in the last 60 minutes");
  s.facts.hourly_limit = 3;
  EXPECT_EQ(told(s, "hourly_limit"),
            "pass: 3 of 3 messages in the last 60 minutes, lifted: the user wrote 30 s ago");
  s.facts.hourly_limit = 0;
  EXPECT_EQ(told(s, "hourly_limit"), "pass: no hourly limit");

  EXPECT_EQ(told(s, "daily_limit"), "pass: 0 of 10 messages on 2026-01-16 in Europe/London");
  s.facts.counted_date = date(2026, 1, 15);
  s.facts.sent_on_date = 10;
  EXPECT_EQ(told(s, "daily_limit"), "pass: 0 of 10 messages on 2026-01-16 in Europe/London");
  s.facts.counted_date = date(2026, 1, 16);
  EXPECT_EQ(told(s, "daily_limit"),
            "block until 2026-01-17T00:00:00: 10 of 10 messages on 2026-01-16 in Europe/London");
  s.facts.daily_limit = 0;
  EXPECT_EQ(told(s, "daily_limit"), "pass: no daily limit");
}

TEST(Explain, QuietHours) {
  Subject s;
  EXPECT_EQ(told(s, "quiet_hours"), "pass: local time 12:00 in Europe/London, quiet from 22:00 to 08:00");
  s.now = at("2026-01-16T23:14:00Z");
  EXPECT_EQ(told(s, "quiet_hours"),
            "block until 2026-01-17T08:00:00: local time 23:14 in Europe/London, quiet from 22:00 to 08:00");
  s.facts.last_inbound_at = s.now - 4min;
  EXPECT_EQ(
      told(s, "quiet_hours"),
      "pass: local time 23:14 in Europe/London, quiet from 22:00 to 08:00, lifted: the user wrote 4 min "
      "ago");
  s.facts.quiet_hours_enabled = false;
  EXPECT_EQ(told(s, "quiet_hours"), "pass: no quiet hours");
}

TEST(Explain, TellsWhenAZoneIsUnusable) {
  Subject s;
  s.facts.timezone = "Atlantis/X";
  EXPECT_EQ(
      told(s, "quiet_hours"),
      "block until 2026-01-16T13:00:00: local time 07:00 in America/New_York, quiet from 22:00 to 08:00; "
      "zone \"Atlantis/X\" is unusable, America/New_York is used");
  EXPECT_EQ(told(s, "daily_limit"),
            "pass: 0 of 10 messages on 2026-01-16 in America/New_York; zone \"Atlantis/X\" is unusable, "
            "America/New_York is used");
  s.facts.timezone = "";
  s.facts.response_pattern = pattern({7});
  EXPECT_EQ(told(s, "optimal_time"),
            "pass: local time 07:00 in America/New_York on Friday, a best hour; no zone is set, "
            "America/New_York is used");
}

// Where explain says that a rule blocks, decide says the same, and first of all the first one.
TEST(Explain, AgreesWithDecide) {
  Subject s;
  s.now = at("2026-01-16T23:14:00Z");
  s.facts.response_pattern = pattern({18});
  s.facts.last_outbound_at = s.now - 12s;
  const auto verdicts = s.explained();
  const auto first = std::ranges::find(verdicts, RuleVerdict::Says::block, &RuleVerdict::verdict);
  ASSERT_NE(first, verdicts.end());
  EXPECT_EQ(first->rule, "optimal_time");
  const Verdict verdict = decide(s.now, s.message, s.facts, limits_in_force(s.facts, s.defaults));
  EXPECT_EQ(verdict.reason, Reason::optimal_time);
  EXPECT_EQ(verdict.eligible_at, at("2026-01-17T12:00:00Z")) << "24 hours after its time";
}

}  // namespace
}  // namespace orchestrator::policy
