#include <gtest/gtest.h>

#include "policy/situations.hpp"

namespace orchestrator::policy::decide_test {
namespace {

using namespace situations;

// A user in New York with the product's defaults; times of January are five hours behind UTC.
struct Situation {
  std::string_view what;
  std::string_view now;
  std::string_view last_sent = {};
  std::vector<std::string_view> recent_sends = {};
  std::string_view last_inbound = {};
  int sent_today = 0;
  std::string_view reason = "none";
  std::string_view until = {};  // empty: now
};

UserFacts facts_of(const Situation& situation, const Limits& limits) {
  UserFacts facts;
  if (!situation.last_sent.empty()) facts.last_outbound_at = at(situation.last_sent);
  if (!situation.last_inbound.empty()) facts.last_inbound_at = at(situation.last_inbound);
  for (const auto sent_at : situation.recent_sends) facts.recent_sends.push_back(at(sent_at));
  facts.counted_date = local_date(at(situation.now), limits.zone);
  facts.sent_on_date = situation.sent_today;
  return facts;
}

void expect_all(const std::vector<Situation>& table) {
  const Limits limits = default_limits();
  for (const Situation& s : table) {
    const Instant now = at(s.now);
    const UserBlock block = user_block(now, facts_of(s, limits), limits);
    EXPECT_EQ(text_of(block.reason), s.reason) << s.what;
    EXPECT_EQ(format_instant(block.until), format_instant(s.until.empty() ? now : at(s.until))) << s.what;
  }
}

const std::vector<std::string_view> kFiveSends = {"2026-01-16T16:20:00Z", "2026-01-16T16:25:00Z",
                                                  "2026-01-16T16:30:00Z", "2026-01-16T16:35:00Z",
                                                  "2026-01-16T16:40:00Z"};

TEST(UserBlock, GivesTheFirstReasonAndTheInstantAtWhichAllRulesPass) {
  expect_all({
      {.what = "nothing blocks", .now = "2026-01-16T17:00:00Z"},
      {.what = "cooldown",
       .now = "2026-01-16T17:00:00Z",
       .last_sent = "2026-01-16T16:59:45Z",
       .reason = "cooldown",
       .until = "2026-01-16T17:00:15Z"},
      {.what = "hourly limit",
       .now = "2026-01-16T17:00:00Z",
       .recent_sends = kFiveSends,
       .reason = "hourly_limit_reached",
       .until = "2026-01-16T17:20:00Z"},
      {.what = "cooldown, then hourly limit",
       .now = "2026-01-16T16:40:10Z",
       .last_sent = "2026-01-16T16:40:00Z",
       .recent_sends = kFiveSends,
       .reason = "cooldown",
       .until = "2026-01-16T17:20:00Z"},
      {.what = "daily limit, local midnight, still quiet: 08:00",
       .now = "2026-01-16T17:00:00Z",
       .sent_today = 10,
       .reason = "daily_limit_reached",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "quiet hours before midnight",
       .now = "2026-01-17T03:00:00Z",
       .reason = "quiet_hours",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "daily limit and quiet hours",
       .now = "2026-01-17T03:00:00Z",
       .sent_today = 10,
       .reason = "daily_limit_reached",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "cooldown ends as quiet hours begin",
       .now = "2026-01-17T02:59:50Z",
       .last_sent = "2026-01-17T02:59:30Z",
       .reason = "cooldown",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "cooldown ends a microsecond before quiet hours",
       .now = "2026-01-17T02:59:50Z",
       .last_sent = "2026-01-17T02:59:29.999999Z",
       .reason = "cooldown",
       .until = "2026-01-17T02:59:59.999999Z"},
  });
}

TEST(UserBlock, OfAnActiveUser) {
  expect_all({
      {.what = "in quiet hours", .now = "2026-01-17T04:00:00Z", .last_inbound = "2026-01-17T03:55:00Z"},
      {.what = "exactly ten minutes later",
       .now = "2026-01-17T04:05:00Z",
       .last_inbound = "2026-01-17T03:55:00Z",
       .reason = "quiet_hours",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "over the hourly limit",
       .now = "2026-01-16T17:00:00Z",
       .recent_sends = kFiveSends,
       .last_inbound = "2026-01-16T16:59:00Z"},
      {.what = "but not over the daily limit",
       .now = "2026-01-16T17:00:00Z",
       .last_inbound = "2026-01-16T16:59:00Z",
       .sent_today = 10,
       .reason = "daily_limit_reached",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "nor in the cooldown",
       .now = "2026-01-17T04:00:00Z",
       .last_sent = "2026-01-17T03:59:50Z",
       .last_inbound = "2026-01-17T03:55:00Z",
       .reason = "cooldown",
       .until = "2026-01-17T04:00:20Z"},
      {.what = "the cooldown outlasts the activity",
       .now = "2026-01-17T04:04:50Z",
       .last_sent = "2026-01-17T04:04:40Z",
       .last_inbound = "2026-01-17T03:55:00Z",
       .reason = "cooldown",
       .until = "2026-01-17T13:00:00Z"},
      {.what = "the daily limit ends within the activity",
       .now = "2026-01-17T04:59:00Z",
       .last_inbound = "2026-01-17T04:55:00Z",
       .sent_today = 10,
       .reason = "daily_limit_reached",
       .until = "2026-01-17T05:00:00Z"},
      {.what = "the user wrote later than now, by a faster clock",
       .now = "2026-01-17T04:00:00Z",
       .last_inbound = "2026-01-17T04:00:00.000001Z",
       .reason = "quiet_hours",
       .until = "2026-01-17T04:00:00.000001Z"},
  });
}

TEST(UserBlock, NeverEndsIfQuietHoursNeverEnd) {
  Limits limits = no_limits();
  limits.quiet_hours = {.enabled = true, .start = 0h, .end = 24h};
  const Instant now = at("2026-01-16T17:00:00Z");
  const UserBlock block = user_block(now, UserFacts{}, limits);
  EXPECT_EQ(block.reason, Reason::quiet_hours);
  EXPECT_GT(block.until, now + 7 * 24h);
  EXPECT_LT(block.until, now + 365 * 24h);
  EXPECT_EQ(user_block(block.until, UserFacts{}, limits).reason, Reason::quiet_hours);
}

struct ExpectedVerdict {
  Decision decision;
  std::string_view reason;
  std::string_view eligible_at;
};

void expect_verdict(const Verdict& verdict, const ExpectedVerdict& expected, std::string_view what) {
  EXPECT_EQ(verdict.decision, expected.decision) << what;
  EXPECT_EQ(text_of(verdict.reason), expected.reason) << what;
  EXPECT_EQ(text_of(verdict.eligible_at), expected.eligible_at) << what;
}

TEST(Decide, ADueMessage) {
  const Limits limits = default_limits();
  const Instant noon = at("2026-01-16T17:00:00Z");
  const QueuedMessage due = message("m", Priority::medium, noon);
  const UserFacts free_facts;
  UserFacts cooling;
  cooling.last_outbound_at = noon;
  UserFacts opted_out;
  opted_out.opted_out = true;

  const ExpectedVerdict send{Decision::send, "none", "2026-01-16T17:00:00.000000Z"};
  expect_verdict(decide(noon, due, free_facts, limits), send, "due");

  QueuedMessage expiring = due;
  expiring.expires_at = noon + 1us;
  expect_verdict(decide(noon, expiring, free_facts, limits), send, "expires in a microsecond");

  QueuedMessage expired = due;
  expired.expires_at = noon;
  const ExpectedVerdict expire{Decision::expire, "expired", "2026-01-16T17:00:00.000000Z"};
  expect_verdict(decide(noon, expired, free_facts, limits), expire, "expired");
  expect_verdict(decide(noon, expired, opted_out, limits), expire, "expired and opted out");

  const ExpectedVerdict cancel{Decision::cancel, "opted_out", "2026-01-16T17:00:00.000000Z"};
  expect_verdict(decide(noon, due, opted_out, limits), cancel, "opted out");

  const ExpectedVerdict cooldown{Decision::defer, "cooldown", "2026-01-16T17:00:30.000000Z"};
  expect_verdict(decide(noon, due, cooling, limits), cooldown, "cooldown");

  QueuedMessage empty = due;
  empty.has_content = false;
  const ExpectedVerdict fail{Decision::fail, "no_content", "2026-01-16T17:00:00.000000Z"};
  expect_verdict(decide(noon, empty, free_facts, limits), fail, "no content");
  expect_verdict(decide(noon, empty, cooling, limits), cooldown, "no content, but blocked");
}

TEST(Decide, AMessageNotYetDue) {
  const Limits limits = default_limits();
  const Instant noon = at("2026-01-16T17:00:00Z");
  const auto decide_at_noon = [&](std::string_view scheduled_for, const UserFacts& facts) {
    return decide(noon, message("m", Priority::medium, at(scheduled_for)), facts, limits);
  };
  expect_verdict(decide_at_noon("2026-01-16T17:00:00.000001Z", UserFacts{}),
                 {Decision::defer, "not_due", "2026-01-16T17:00:00.000001Z"}, "due in a microsecond");
  expect_verdict(decide_at_noon("2026-01-17T04:00:00Z", UserFacts{}),
                 {Decision::defer, "not_due", "2026-01-17T13:00:00.000000Z"}, "due in quiet hours");
  UserFacts exhausted;
  exhausted.counted_date = date(2026, 1, 16);
  exhausted.sent_on_date = 10;
  exhausted.last_outbound_at = noon;
  expect_verdict(decide_at_noon("2026-01-16T20:00:00Z", exhausted),
                 {Decision::defer, "not_due", "2026-01-17T13:00:00.000000Z"}, "due on an exhausted day");
  expect_verdict(decide_at_noon("2026-01-18T20:00:00Z", exhausted),
                 {Decision::defer, "not_due", "2026-01-18T20:00:00.000000Z"}, "due after all blocks");
}

}  // namespace
}  // namespace orchestrator::policy::decide_test
