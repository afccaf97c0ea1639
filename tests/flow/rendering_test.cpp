// Messages that await the LLM: what it is asked, when, and what the person receives.
#include "support/rendering_flow.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::judges;
using support::RenderingFlow;
using support::writes;
using Texts = std::vector<std::string>;

TEST_F(RenderingFlow, TheLlmIsNotAskedWhenThePersonWroteNothing) {
  start_asking();
  world.person_writes("ann");
  world.clock.advance(1min);
  fresh("Shall I book?");
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"Shall I book?"});
  EXPECT_EQ(anthropic.calls(), 0);
}

TEST_F(RenderingFlow, ARelevantMessageIsPromotedByTheNextPass) {
  start_asking();
  const MessageId id = overtaken("Shall I book?");
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  ASSERT_TRUE(is_answered(1));
  EXPECT_EQ(world.status(id), "approved");
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"Shall I book?"});
  EXPECT_EQ(world.status(id), "sent");
  ASSERT_EQ(anthropic.calls(), 1);
  EXPECT_EQ(support::material_of(anthropic.requests()[0])["written_by_the_person_since"][0]["text"],
            "hello?");
  EXPECT_EQ(
      world.sql.value("SELECT model_used || ' ' || input_tokens || ' ' || output_tokens || ' ' || cost_usd "
                      "FROM agent_actions_log WHERE action_type = 'relevance'"),
      "claude-sonnet-4-5-20250929 200 20 0.000900");
}

TEST_F(RenderingFlow, AStaleMessageIsSupersededAndAReformulationRequested) {
  anthropic.answer_with(judges("STALE"));
  start_asking();
  const MessageId id = overtaken("Shall I book?");
  const MessageId other = world.schedule("ann", "Good luck!");
  pass();
  ASSERT_TRUE(is_answered(1));
  EXPECT_EQ(world.status(id), "superseded");
  EXPECT_EQ(world.reason(id), "stale_context");
  EXPECT_EQ(world.sent_to("ann"), Texts{"Good luck!"});
  const auto open = world.reformulations.open({}, 10);
  ASSERT_EQ(open.size(), 1);
  EXPECT_EQ(open[0].message, id);
  EXPECT_EQ(open[0].user, UserId{"ann"});
  EXPECT_EQ(open[0].agent, AgentId{"concierge_1"});
  EXPECT_EQ(open[0].original, "Shall I book?");
  ASSERT_EQ(open[0].inbound_texts.size(), 1);
  EXPECT_EQ(open[0].inbound_texts[0].text, "hello?");
  EXPECT_TRUE(world.reformulations.open(open[0].created_at, 10).empty());
  for (int time = 1; time <= 2; ++time) {
    EXPECT_TRUE(world.reformulations.finish(open[0].id, world.clock.now()));
  }
  EXPECT_FALSE(world.reformulations.finish(other.value, world.clock.now()));
  EXPECT_TRUE(world.reformulations.open({}, 10).empty());
}

TEST_F(RenderingFlow, StructuredDataIsRenderedAsText) {
  anthropic.answer_with(writes("Luigi's has a table for you at 20:00."));
  start_asking();
  const MessageId id = data("table at Luigi's, 20:00");
  pass();
  ASSERT_TRUE(is_answered(1));
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"Luigi's has a table for you at 20:00."});
  EXPECT_EQ(world.messages.find(id)->content, "Luigi's has a table for you at 20:00.");
  EXPECT_EQ(support::material_of(anthropic.requests()[0])["data"]["what"], "table at Luigi's, 20:00");
}

// The LLM is asked only when the message could be promoted: not the night before.
TEST_F(RenderingFlow, TheLlmIsNotAskedBeforeTheMessageCouldBePromoted) {
  anthropic.answer_with(writes("Good morning!"));
  start_asking();
  world.clock.set(at("2026-11-20T23:00:00Z"));
  data("a greeting");
  pass();
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-21T08:00:00.000000Z");
  world.clock.set(at("2026-11-21T07:59:59.999999Z"));
  pass();
  EXPECT_EQ(anthropic.calls(), 0);
  world.clock.set(at("2026-11-21T08:00:00Z"));
  pass();
  ASSERT_TRUE(is_answered(1));
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"Good morning!"});
}

TEST_F(RenderingFlow, OneMessageOfAPersonIsCheckedAtATimeAndInOrder) {
  anthropic.answer_with(writes("done"));
  start_asking();
  const MessageId first = data("one");
  const MessageId second = data("two");
  pass();
  EXPECT_EQ(awaiting(second), "");
  ASSERT_TRUE(is_answered(1));
  pass();
  EXPECT_EQ(world.status(first), "sent");
  EXPECT_EQ(awaiting(second), "");  // it cannot be promoted, so the LLM is not asked
  world.clock.advance(30s);
  pass();
  ASSERT_TRUE(is_answered(2));
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.status(second), "sent");
}

// A message that awaits the LLM delays neither the person's other messages nor other people's.
TEST_F(RenderingFlow, OtherMessagesArePromotedDuringAnLlmCall) {
  const MessageId asked = data("one");
  world.add_user("bob");
  world.schedule("ann", "two");
  world.schedule("bob", "three");
  pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"two"});
  EXPECT_EQ(world.sent_to("bob"), Texts{"three"});
  EXPECT_EQ(awaiting(asked), "rendering");
  EXPECT_EQ(world.next_attempt_at("ann"), "");
  EXPECT_EQ(world.sql.value("SELECT waiting FROM queue_depth WHERE lane = 'medium'"), "1");
  EXPECT_EQ(world.sql.value("SELECT question FROM awaiting_render"), "rendering");
}

TEST_F(RenderingFlow, AMessageIsCheckedAtMostThreeTimes) {
  start_asking();
  const MessageId id = overtaken("Shall I book?");
  for (int time = 1; time <= 3; ++time) {
    pass();
    ASSERT_TRUE(is_answered(time));
    world.clock.advance(1s);
    world.person_writes("ann");
  }
  pass();
  EXPECT_EQ(world.status(id), "sent");
  EXPECT_EQ(anthropic.calls(), 3);
}

// What the person writes while the LLM call is in progress was not part of that call.
TEST_F(RenderingFlow, TextsWrittenDuringTheCallCauseAnotherCheck) {
  const MessageId id = overtaken("Shall I book?");
  pass();
  const auto lease = a_lease();
  const auto request = world.renderings.claim(lease, world.clock.now());
  ASSERT_TRUE(request);
  world.clock.advance(1s);
  world.person_writes("ann");
  const auto verdict =
      rendering::verdict_on(*request, {.kind = RenderAnswer::Kind::relevant}, world.clock.now());
  EXPECT_TRUE(world.renderings.record(lease, *request, verdict, world.clock.now()));
  pass();
  EXPECT_EQ(world.status(id), "approved");
  EXPECT_EQ(awaiting(id), "relevance");
}

TEST_F(RenderingFlow, ASequenceIsCheckedAsAWhole) {
  const auto submit_sequence = [&] {
    return world.submitted({.user = UserId{"ann"},
                            .agent = AgentId{"concierge_1"},
                            .parts = {R"({"content": "one"})", R"({"content": "two"})"},
                            .requires_fresh_context = true,
                            .scheduled_for = world.clock.now(),
                            .allow_duplicate = true});
  };
  start_asking();
  const MessageId relevant = submit_sequence();
  world.clock.advance(1min);
  world.person_writes("ann");
  pass();
  ASSERT_TRUE(is_answered(1));
  EXPECT_EQ(support::material_of(anthropic.requests()[0])["message"], "one\ntwo");
  pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"one", "two"}));
  EXPECT_EQ(world.status(relevant), "sent");

  anthropic.answer_with(judges("STALE"));
  submit_sequence();
  world.clock.advance(1min);
  world.person_writes("ann");
  pass();
  ASSERT_TRUE(is_answered(2));
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue WHERE status_reason = 'stale_context'"), "2");
  EXPECT_EQ(world.reformulations.open({}, 10).size(), 1);
}

TEST_F(RenderingFlow, RowsApprovedBySqlAreQueued) {
  world.sql.run(
      "INSERT INTO message_queue (user_id, agent_id, message_data, status, scheduled_for) VALUES "
      "('ann', 'a', '{\"content\": \"by hand\"}', 'approved', '2026-11-20T11:00:00Z')");
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T11:00:00.000000Z");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"by hand"});
}

TEST_F(RenderingFlow, WithoutAnLlmMessagesWithContentGoOn) {
  const MessageId fits = overtaken("Shall I book?");
  pass();
  world.add_user("bob");
  const MessageId raw = data("one", "bob");
  pass();
  EXPECT_EQ(world.renderings.release_all(), 2);
  world.rules.has_renderer = false;
  pass();
  EXPECT_EQ(world.status(fits), "sent");
  EXPECT_EQ(world.status(raw), "failed");
  EXPECT_EQ(world.reason(raw), "no_content");
}

TEST_F(RenderingFlow, UrgentMessagesAreCheckedFirst) {
  for (int i = 0; i < 3; ++i) {
    const std::string user = "early_" + std::to_string(i);
    world.add_user(user);
    data("breakfast", user);
  }
  world.pass();
  world.clock.advance(std::chrono::seconds{1});
  world.add_user("late");
  const MessageId urgent = world.submitted({.user = UserId{"late"},
                                            .agent = AgentId{"concierge_1"},
                                            .parts = {R"({"what": "fire"})"},
                                            .priority = Priority::urgent,
                                            .scheduled_for = world.clock.now()});
  world.pass();
  const auto first = world.renderings.claim(a_lease(), world.clock.now());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, urgent);
  const auto second = world.renderings.claim(a_lease(), world.clock.now());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->user.value.substr(0, 6), "early_");
}

TEST_F(RenderingFlow, TheMessageOfAPersonThatHasWaitedLongestIsCheckedFirst) {
  world.add_user("ann");
  std::vector<MessageId> messages;
  for (const std::string what : {"breakfast", "lunch", "dinner"}) {
    messages.push_back(data(what, "ann"));
    world.sql.run("WITH asked AS (UPDATE message_queue SET ready = false WHERE id = '" +
                  messages.back().value +
                  "' RETURNING shard, id, user_id, priority) "
                  "INSERT INTO llm_work (shard, message_id, user_id, priority, question, due_at) "
                  "SELECT asked.*, 'rendering', '" +
                  format_instant(world.clock.now()) + "' FROM asked");
    world.clock.advance(std::chrono::seconds{1});
  }
  for (const MessageId& message : messages) {
    const auto claimed = world.renderings.claim(a_lease(), world.clock.now());
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->id, message);
  }
}

}  // namespace
}  // namespace orchestrator
