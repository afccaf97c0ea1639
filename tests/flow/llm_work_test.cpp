// The rows of llm_work: they exist as long as a message waits that the LLM is or was asked about, whichever
// program ends, moves or edits the message.
#include "support/llm_work.hpp"

#include <future>

#include "storage/sql.hpp"
#include "support/rendering_flow.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

using support::RenderingFlow;
using Texts = std::vector<std::string>;

class LlmWork : public RenderingFlow {
 protected:
  std::string rows() { return world.sql.value("SELECT count(*) FROM llm_work"); }
  void expect_consistent() { EXPECT_EQ(world.sql.value(support::kInconsistentLlmWork), ""); }

  void update(const MessageId& id, const std::string& assignments) {
    world.sql.run("UPDATE message_queue SET " + assignments + " WHERE id = '" + id.value + "'");
  }

  // As the rendering threads do when the LLM answers.
  void answer(RenderAnswer::Kind kind, const std::string& text = "") {
    const auto lease = a_lease();
    const auto request = world.renderings.claim(lease, world.clock.now());
    ASSERT_TRUE(request);
    const RenderAnswer given{.kind = kind, .text = text};
    const auto verdict = rendering::verdict_on(*request, given, world.clock.now());
    ASSERT_TRUE(world.renderings.record(lease, *request, verdict, world.clock.now()));
    expect_consistent();
  }

  // Two messages of ann: the first is with the LLM, the second waits for the first one's answer.
  MessageId one_asked_and_one_behind() {
    const MessageId asked = data("one");
    data("two");
    pass();
    EXPECT_EQ(awaiting(asked), "rendering");
    EXPECT_EQ(world.next_attempt_at("ann"), "");
    return asked;
  }
};

// A message that the LLM was asked about, and approved.
TEST_F(LlmWork, WhatIsKnownOfTheContextStaysUntilTheMessageEnds) {
  const MessageId id = overtaken("Shall I book?");
  update(id, "scheduled_for = '2026-11-20T12:00:30Z'");
  pass();
  EXPECT_EQ(awaiting(id), "relevance");
  expect_consistent();
  answer(RenderAnswer::Kind::relevant);
  update(id, "scheduled_for = '2026-11-20T13:00:00Z'");
  const std::string known = "SELECT context_checks || ' ' || micros(context_as_of) FROM llm_work";
  EXPECT_EQ(world.sql.value(known), "1 " + std::to_string(world.clock.now().time_since_epoch().count()));
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  EXPECT_EQ(rows(), "1");
  world.clock.advance(1h);
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"Shall I book?"});
  EXPECT_EQ(rows(), "0");
}

// Messages behind it are evaluated at once.
TEST_F(LlmWork, AMessageThatEndsDuringTheCallLeavesNothingAndDelaysNoOther) {
  const MessageId first = one_asked_and_one_behind();
  const std::string that_message = " WHERE id = '" + first.value + "'";
  const std::string ends[] = {
      "UPDATE message_queue SET status = 'cancelled'" + that_message,
      "UPDATE message_queue SET status = 'failed'" + that_message,
      "DELETE FROM message_queue" + that_message,
      "UPDATE message_queue SET user_id = 'bob'" + that_message,
      "DELETE FROM llm_work",
  };
  world.add_user("bob");
  for (const std::string& end : ends) {
    SCOPED_TRACE(end);
    pqxx::work transaction(world.sql.connection());
    transaction.exec(end);
    const auto row = transaction.exec1(
        "SELECT next_attempt_at = '-infinity' AND express, (SELECT count(*) FROM llm_work) "
        "FROM user_message_budget WHERE user_id = 'ann'");
    EXPECT_TRUE(row[0].as<bool>(false));
    EXPECT_EQ(row[1].as<int>(), 0);
    EXPECT_EQ(transaction.exec1(support::kInconsistentLlmWork)[0].as<std::string>(), "");
  }
  expect_consistent();
  EXPECT_EQ(rows(), "1");
}

TEST_F(LlmWork, ATruncatedQueueLeavesNothing) {
  one_asked_and_one_behind();
  world.sql.run("TRUNCATE message_queue");
  EXPECT_EQ(rows(), "0");
  EXPECT_FALSE(world.renderings.claim(a_lease(), world.clock.now()));
}

// What one person has written says nothing about another one's message.
TEST_F(LlmWork, AMessageThatIsMovedToAnotherUserIsAskedAboutAnew) {
  const MessageId id = one_asked_and_one_behind();
  world.add_user("bob");
  update(id, "user_id = 'bob'");
  expect_consistent();
  EXPECT_EQ(rows(), "0");
  world.pass(processor::PassKind::express);
  pass();
  EXPECT_EQ(world.sql.column("SELECT user_id || ' ' || question FROM llm_work ORDER BY 1"),
            (Texts{"ann rendering", "bob rendering"}));
  expect_consistent();
}

TEST_F(LlmWork, AnEditedPriorityTakesEffectDuringTheCall) {
  const MessageId edited = data("one");
  pass();
  world.add_user("bob");
  world.clock.advance(1s);
  const MessageId later = data("two", "bob");
  pass();
  update(later, "priority = 'urgent'");
  update(edited, "priority = 'low', scheduled_for = scheduled_for - interval '1 hour'");
  expect_consistent();
  EXPECT_EQ(world.sql.column("SELECT lane FROM awaiting_render ORDER BY lane"), (Texts{"urgent", "low"}));
  const auto request = world.renderings.claim(a_lease(), world.clock.now());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->id, later);
}

TEST_F(LlmWork, AnApprovedMessageThatIsQueuedAgainIsJudgedAnew) {
  const MessageId id = overtaken("Shall I book?");
  pass();
  answer(RenderAnswer::Kind::relevant);
  update(id, "status = 'queued'");
  EXPECT_EQ(rows(), "0");
  expect_consistent();
  pass();
  EXPECT_EQ(awaiting(id), "relevance");
}

TEST_F(LlmWork, ARequeuedMessageIsAskedAboutAnew) {
  const MessageId id = data("one");
  pass();
  update(id, "status = 'cancelled'");
  update(id, "status = 'queued'");
  EXPECT_EQ(rows(), "0");
  expect_consistent();
  pass();
  EXPECT_EQ(awaiting(id), "rendering");
}

// While the LLM is asked, and after it.
TEST_F(LlmWork, ASequenceThatLosesAPartDuringTheCallIsNotSent) {
  const MessageId first = world.submitted({.user = UserId{"ann"},
                                           .agent = AgentId{"concierge_1"},
                                           .parts = {R"({"content": "one"})", R"({"content": "two"})"},
                                           .requires_fresh_context = true,
                                           .scheduled_for = world.clock.now()});
  world.clock.advance(1min);
  world.person_writes("ann");
  pass();
  ASSERT_EQ(awaiting(first), "relevance");
  EXPECT_EQ(world.sql.value("SELECT waiting FROM queue_depth WHERE lane = 'medium'"), "1");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM incomplete_sequences"), "0");

  const std::string second_part = "sequence_position = 2 AND user_id = 'ann'";
  world.sql.run("UPDATE message_queue SET status = 'cancelled' WHERE " + second_part);
  expect_consistent();
  answer(RenderAnswer::Kind::relevant);
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM incomplete_sequences"), "1");
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});

  world.sql.run("UPDATE message_queue SET status = 'queued' WHERE " + second_part);
  pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"one", "two"}));
  EXPECT_EQ(rows(), "0");
  expect_consistent();
}

TEST_F(LlmWork, AnEditOfAPartDuringTheCallDoesNotReturnTheSequence) {
  const MessageId first = world.submitted({.user = UserId{"ann"},
                                           .agent = AgentId{"concierge_1"},
                                           .parts = {R"({"content": "one"})", R"({"content": "two"})"},
                                           .requires_fresh_context = true,
                                           .scheduled_for = world.clock.now()});
  world.clock.advance(1min);
  world.person_writes("ann");
  pass();
  ASSERT_EQ(awaiting(first), "relevance");
  world.sql.run("UPDATE message_queue SET scheduled_for = scheduled_for - interval '1 minute'");
  world.sql.run("SELECT refresh_sequences(array_agg(user_id), array_agg(sequence_id)) FROM message_queue");
  expect_consistent();
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  update(first, "sequence_id = NULL, sequence_position = NULL, sequence_total = NULL");
  expect_consistent();
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  answer(RenderAnswer::Kind::relevant);
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"one"});
}

// For other messages, the statements of posts and passes read the index of open questions once for each user,
// and no row.
TEST_F(LlmWork, AMessageThatNeedsNoLlmHasNoRow) {
  world.rules.cooldown = 0s;
  for (int i = 0; i < 5; ++i) world.schedule("ann", std::to_string(i));
  pass();
  EXPECT_EQ(world.sent_to("ann").size(), 5U);
  // A session that ends reports what it has read.
  world.sql.run(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
  const auto look_ups = [&](const std::string& index) {
    return world.sql.value("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '" + index + "'");
  };
  EXPECT_NE(look_ups("llm_work_user"), "0");
  EXPECT_EQ(look_ups("llm_work_pkey"), "0");
  EXPECT_EQ(world.sql.value("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'llm_work'"), "0");
}

// Neither of the two waits, even if the other one's instance has stopped in the middle of its transaction.
TEST_F(LlmWork, AClaimAndAPassSkipWhatTheOtherHasLocked) {
  const MessageId id = data("one");
  pass();
  update(id, "expires_at = '2026-11-20T12:00:00Z'");
  world.clock.advance(1s);
  const std::string now = format_instant(world.clock.now());
  support::Sql other(world.url());
  {
    pqxx::work claim(other.connection());
    ASSERT_EQ(claim.exec_params(storage::sql::claim_rendering, now, a_lease().token, now).size(), 1U);
    auto expiry =
        std::async(std::launch::async, [&] { return world.passes.expire_overdue(world.clock.now(), 10); });
    const bool did_wait = expiry.wait_for(5s) == std::future_status::timeout;
    claim.abort();
    EXPECT_FALSE(did_wait);
    EXPECT_EQ(expiry.get(), 0U);
  }
  {
    pqxx::work expiry(other.connection());
    expiry.exec("SELECT FROM message_queue FOR NO KEY UPDATE");
    EXPECT_FALSE(world.renderings.claim(a_lease(), world.clock.now()));
  }
  EXPECT_EQ(world.passes.expire_overdue(world.clock.now(), 10), 1U);
  EXPECT_EQ(rows(), "0");
}

// Messages of other users must not delay a claim because a message was deleted without its triggers.
TEST_F(LlmWork, ARowWithoutAMessageBlocksNoOther) {
  data("one");
  pass();
  world.add_user("bob");
  world.clock.advance(1s);
  const MessageId second = data("two", "bob");
  pass();
  world.sql.run(
      "ALTER TABLE message_queue DISABLE TRIGGER USER; DELETE FROM message_queue WHERE user_id = 'ann'; "
      "ALTER TABLE message_queue ENABLE TRIGGER USER");
  const auto request = world.renderings.claim(a_lease(), world.clock.now());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->id, second);
}

}  // namespace
}  // namespace orchestrator
