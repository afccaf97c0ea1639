// Messages that await the LLM when it does not answer, answers too late, or the instance dies.
#include <future>

#include "support/rendering_flow.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

using support::fails;
using support::RenderingFlow;
using support::writes;
using Texts = std::vector<std::string>;

TEST_F(RenderingFlow, AMessageIsSentUncheckedWhenTheLlmDoesNotAnswer) {
  anthropic.answer_with(fails(500, "api_error"));
  start_asking();
  const MessageId id = overtaken("Shall I book?");
  pass();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    ASSERT_TRUE(is_answered(attempt));
    world.clock.advance(10s);
    rendering->wake();
  }
  EXPECT_EQ(anthropic.calls(), 3);
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"Shall I book?"});
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM agent_actions_log WHERE action_type = 'error' AND "
                            "input_data ->> 'message_id' = '" +
                            id.value + "'"),
            "3");
}

TEST_F(RenderingFlow, StructuredDataIsNeverSentRaw) {
  anthropic.answer_with(support::says({{"text", "no"}}, "refusal"));
  start_asking();
  const MessageId id = data("one");
  pass();
  ASSERT_TRUE(is_answered(1));
  pass();
  EXPECT_EQ(world.status(id), "failed");
  EXPECT_EQ(world.reason(id), "render_failed");
  EXPECT_EQ(world.sent_to("ann"), Texts{});
}

// A truncated error text ends at a character boundary, or the database would refuse it.
TEST_F(RenderingFlow, LongErrorTextsAreTruncatedAndStored) {
  std::string umlauts = "x";
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  support::ScriptedReply refusal = fails(400, "invalid_request_error");
  refusal.body = nlohmann::json{{"error", {{"type", "e"}, {"message", umlauts}}}}.dump();
  anthropic.answer_with(refusal);
  start_asking();
  const MessageId id = data("one");
  pass();
  ASSERT_TRUE(is_answered(1));
  EXPECT_EQ(world.reason(id), "render_failed");

  anthropic.answer_with(support::judges(umlauts));
  overtaken("Shall I book?");
  pass();
  ASSERT_TRUE(is_answered(2));
}

TEST_F(RenderingFlow, AnOverloadedLlmIsNotCalledForAWhile) {
  anthropic.answer_with(fails(429, "rate_limit_error", "60"));
  start_asking(1);
  world.add_user("bob");
  const MessageId id = data("one");
  pass();
  ASSERT_TRUE(is_answered(1));
  EXPECT_EQ(world.sql.value("SELECT due_at = '" + format_instant(world.clock.now() + 60s) +
                            "' FROM llm_work WHERE message_id = '" + id.value + "'"),
            "t");
  data("two", "bob");
  pass();
  rendering.reset();
  EXPECT_EQ(anthropic.calls(), 1);
}

TEST_F(RenderingFlow, MessagesBehindAFailedOneGoOn) {
  anthropic.answer_with(support::says({{"text", "no"}}, "refusal"));
  start_asking();
  const MessageId first = data("one");
  const MessageId second = data("two");
  pass();
  ASSERT_TRUE(is_answered(1));
  EXPECT_EQ(world.status(first), "failed");
  EXPECT_EQ(awaiting(second), "");
  anthropic.answer_with(writes("two"));
  world.pass(processor::PassKind::express);
  rendering->wake();
  ASSERT_TRUE(is_answered(2));
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"two"});
}

// As after a kill -9: the lease expires, and recording with its token is refused.
TEST_F(RenderingFlow, AfterALostLeaseTheLlmIsAskedAgain) {
  const MessageId id = data("one");
  pass();
  const auto lost = a_lease();
  const auto request = world.renderings.claim(lost, world.clock.now());
  ASSERT_TRUE(request);
  const auto other = a_lease();
  world.clock.advance(90s - 1us);
  EXPECT_FALSE(world.renderings.claim(other, world.clock.now()));
  world.clock.advance(1us);
  const auto again = world.renderings.claim(other, world.clock.now());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, id);
  EXPECT_EQ(again->attempt, 2);

  RenderAnswer late{.kind = RenderAnswer::Kind::rendered};
  late.text = "too late";
  const auto verdict = rendering::verdict_on(*request, late, world.clock.now());
  EXPECT_FALSE(world.renderings.record(lost, *request, verdict, world.clock.now()));
  EXPECT_EQ(awaiting(id), "rendering");
  EXPECT_TRUE(world.renderings.record(other, *again, verdict, world.clock.now()));
  EXPECT_EQ(world.status(id), "approved");
}

// Another transaction that holds a budget row may record an answer or cancel: it locks the message row next.
TEST_F(RenderingFlow, ExpiryDoesNotWaitForALockedBudgetRow) {
  const MessageId id = data("one");
  pass();
  ASSERT_EQ(awaiting(id), "rendering");
  world.sql.run("UPDATE message_queue SET expires_at = '2026-11-20T12:00:00Z'");
  support::Sql other(world.url());
  pqxx::work holder(other.connection());
  holder.exec("SELECT FROM user_message_budget WHERE user_id = 'ann' FOR NO KEY UPDATE");
  auto expiry =
      std::async(std::launch::async, [&] { return world.passes.expire_overdue(world.clock.now(), 10); });
  const bool did_wait = expiry.wait_for(5s) == std::future_status::timeout;
  EXPECT_FALSE(did_wait);
  holder.commit();
  EXPECT_EQ(expiry.get(), 0U);
  EXPECT_EQ(world.passes.expire_overdue(world.clock.now(), 10), 1U);
  EXPECT_EQ(world.status(id), "expired");
}

TEST_F(RenderingFlow, AnAnswerForAFinishedMessageChangesNothing) {
  struct Situation {
    std::string what;
    std::string status;
    std::function<void(const MessageId&)> end;
  };
  const Situation situations[] = {
      {"cancelled", "cancelled",
       [&](const MessageId& id) { world.messages.cancel(id, "cancelled_by_request", world.clock.now()); }},
      {"expired", "expired",
       [&](const MessageId& id) {
         world.sql.run("UPDATE message_queue SET expires_at = '2026-11-20T12:00:00Z' WHERE id = '" +
                       id.value + "'");
         world.pass();
       }},
      {"opted out", "cancelled",
       [&](const MessageId&) {
         world.sql.run("UPDATE users SET opted_out_at = now() WHERE id = 'ann'");
         world.pass();
         world.sql.run("UPDATE users SET opted_out_at = NULL WHERE id = 'ann'");
       }},
  };
  for (const auto& situation : situations) {
    SCOPED_TRACE(situation.what);
    const MessageId id = data("one");
    pass();
    const auto lease = a_lease();
    const auto request = world.renderings.claim(lease, world.clock.now());
    ASSERT_TRUE(request);
    situation.end(id);
    EXPECT_EQ(world.status(id), situation.status);
    RenderAnswer answer{.kind = RenderAnswer::Kind::rendered};
    answer.text = "too late";
    const auto verdict = rendering::verdict_on(*request, answer, world.clock.now());
    EXPECT_FALSE(world.renderings.record(lease, *request, verdict, world.clock.now()));
    EXPECT_EQ(world.status(id), situation.status);
  }
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
}

}  // namespace
}  // namespace orchestrator
