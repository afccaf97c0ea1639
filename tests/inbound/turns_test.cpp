// Turns: when they start, which messages they contain, and how answers are recorded.

#include <gtest/gtest.h>

#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using support::InboundWorld;
using Texts = std::vector<std::string>;

TEST(Turns, ASingleMessageDoesNotWait) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn turn = world.claimed();
  EXPECT_EQ(InboundWorld::texts(turn), Texts{"Oi"});
  EXPECT_EQ(turn.attempt, 1);
  EXPECT_EQ(turn.contact_id, "ana");
  EXPECT_EQ(turn.lease_until, world.clock.now() + seconds{30});
}

TEST(Turns, OnePerContactAtATimeInTheOrderOfArrival) {
  InboundWorld world;
  world.says("ana", "1");
  const Turn first = world.claimed();
  world.says("ana", "2");
  world.says("ana", "3");
  EXPECT_TRUE(world.claimed_all().empty()) << "the contact has a turn in process";
  world.answers(first, "");
  EXPECT_EQ(InboundWorld::texts(world.claimed()), (Texts{"2", "3"}));
  EXPECT_TRUE(world.sent_to("ana").empty()) << "an empty response sends no reply";
}

TEST(Turns, ABurstBecomesOneTurn) {
  InboundWorld world;
  for (int i = 1; i <= 3; ++i) {
    world.says("ana", std::to_string(i));
    world.answers(world.claimed(), "");
  }
  world.says("ana", "4");
  EXPECT_TRUE(world.claimed_all().empty()) << "the fourth message in a minute waits for silence";
  world.clock.advance(milliseconds{1500});
  world.says("ana", "5");
  world.clock.advance(milliseconds{1999});
  EXPECT_TRUE(world.claimed_all().empty());
  world.clock.advance(milliseconds{1});
  EXPECT_EQ(InboundWorld::texts(world.claimed()), (Texts{"4", "5"}));
}

TEST(Turns, ALongBurstWaitsTenSecondsAtMost) {
  InboundWorld world;
  for (int i = 1; i <= 3; ++i) {
    world.says("ana", std::to_string(i));
    world.answers(world.claimed(), "");
  }
  for (int i = 0; i < 4; ++i) {
    world.says("ana", "part " + std::to_string(i));
    EXPECT_TRUE(world.claimed_all().empty()) << i;
    world.clock.advance(milliseconds{i < 3 ? 1900 : 0});
  }
  world.clock.advance(milliseconds{1999});
  EXPECT_TRUE(world.claimed_all().empty());
  world.says("ana", "the fifth fills the turn");
  EXPECT_EQ(world.claimed().messages.size(), 5u);
}

TEST(Turns, HoldAtMostFiveMessages) {
  InboundWorld world;
  for (int i = 1; i <= 7; ++i) world.says("ana", std::to_string(i));
  const Turn first = world.claimed();
  EXPECT_EQ(InboundWorld::texts(first), (Texts{"1", "2", "3", "4", "5"}));
  world.answers(first, "");
  world.clock.advance(seconds{2});
  EXPECT_EQ(InboundWorld::texts(world.claimed()), (Texts{"6", "7"}));
}

TEST(Turns, RespectTheLimitOfConcurrentContacts) {
  InboundConfig config;
  config.max_concurrent_contacts = 3;
  InboundWorld world(config);
  for (int i = 0; i < 5; ++i) world.says("contact_" + std::to_string(i), "Oi");
  auto turns = world.claimed_all();
  EXPECT_EQ(turns.size(), 3u);
  EXPECT_TRUE(world.claimed_all().empty());
  world.answers(turns[0], "");
  EXPECT_EQ(world.claimed_all().size(), 1u);
}

TEST(Turns, RepliesIgnoreTheRulesButAreCounted) {
  InboundWorld world;
  world.sql.run("INSERT INTO users (id, timezone, daily_limit) VALUES ('ana', 'Europe/London', 1)");
  world.clock.set(support::at("2026-01-15T23:30:00Z"));
  for (int i = 1; i <= 2; ++i) {
    world.says("ana", "question " + std::to_string(i));
    const auto finished = world.answers(world.claimed(), "answer " + std::to_string(i));
    EXPECT_EQ(finished.outcome, TurnOutcome::done);
    EXPECT_TRUE(finished.reply);
  }
  EXPECT_EQ(world.sent_to("ana"), (Texts{"answer 1", "answer 2"}));
  EXPECT_EQ(
      world.sql.value("SELECT messages_sent || ' ' || date || ' ' || cardinality(recent_sends) || ' ' || "
                      "(last_message_at = '2026-01-15T23:30:00Z') FROM user_message_budget"),
      "2 2026-01-15 2 true");
  EXPECT_EQ(world.sql.value("SELECT DISTINCT role || ' ' || purpose || ' ' || status FROM messages "
                            "WHERE direction = 'outbound'"),
            "bot reply pending");
}

TEST(Turns, TheSameReplyIsSentOnceWithinThirtySeconds) {
  InboundWorld world;
  world.says("ana", "a");
  const auto first = world.answers(world.claimed(), "One moment.");
  world.clock.advance(milliseconds{29'999});
  world.says("ana", "b");
  const auto second = world.answers(world.claimed(), "One moment.");
  EXPECT_TRUE(second.reply_is_repeated);
  EXPECT_EQ(second.reply, first.reply);
  world.clock.advance(milliseconds{1});
  world.says("ana", "c");
  EXPECT_FALSE(world.answers(world.claimed(), "One moment.").reply_is_repeated)
      << "thirty seconds after the first";
  EXPECT_EQ(world.sent_to("ana"), (Texts{"One moment.", "One moment."}));
}

TEST(Turns, RepliesAreWithheldAfterAnOptOut) {
  InboundWorld world;
  world.says("ana", "book a table");
  const Turn turn = world.claimed();
  world.says("ana", "STOP");
  const auto finished = world.answers(turn, "Booked.");
  EXPECT_EQ(finished.outcome, TurnOutcome::done);
  EXPECT_TRUE(finished.reply_is_withheld);
  EXPECT_EQ(world.sent_to("ana"), Texts{world.config.opt_out_text});
}

TEST(Turns, FailedAttemptsAreRetriedWithIncreasingDelays) {
  InboundConfig config;
  config.fallback_text = "Sorry, something went wrong.";
  InboundWorld world(config);
  world.says("ana", "Oi");
  const Turn first = world.claimed();
  EXPECT_EQ(world.fails(first).outcome, TurnOutcome::retrying);
  world.says("ana", "hello?");
  world.clock.advance(milliseconds{999});
  EXPECT_TRUE(world.claimed_all().empty());
  world.clock.advance(milliseconds{1});
  const Turn second = world.claimed();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_NE(second.token, first.token);
  EXPECT_EQ(InboundWorld::texts(second), Texts{"Oi"}) << "the same turn, not a larger one";
  EXPECT_EQ(world.fails(second).outcome, TurnOutcome::retrying);
  world.clock.advance(seconds{2});
  EXPECT_EQ(world.fails(world.claimed()).outcome, TurnOutcome::failed);
  EXPECT_EQ(world.line("ana"), "failed waiting");
  EXPECT_EQ(world.sent_to("ana"), Texts{"Sorry, something went wrong."});
  EXPECT_EQ(InboundWorld::texts(world.claimed()), Texts{"hello?"}) << "the next turn starts";
}

TEST(Turns, ACrashedAttemptIsRetriedAndItsLateAnswerIsStale) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn lost = world.claimed();
  world.clock.advance(seconds{30});
  EXPECT_TRUE(world.claimed_all().empty()) << "a grace of one second follows the lease";
  world.clock.advance(seconds{1});
  const Turn again = world.claimed();
  EXPECT_EQ(again.id, lost.id);
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(world.answers(lost, "late").outcome, TurnOutcome::stale);
  EXPECT_EQ(world.fails(lost).outcome, TurnOutcome::stale);
  EXPECT_FALSE(world.turns.renew(lost.id, lost.token, world.clock.now()));
  EXPECT_EQ(world.answers(again, "in time").outcome, TurnOutcome::done);
  EXPECT_EQ(world.sent_to("ana"), Texts{"in time"});
  EXPECT_EQ(world.contacts.stats(world.clock.now()).timeouts, 1);
}

TEST(Turns, AnAnswerAfterTheLeaseCountsIfNoOtherAttemptStarted) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn turn = world.claimed();
  world.clock.advance(seconds{45});
  EXPECT_EQ(world.answers(turn, "slow").outcome, TurnOutcome::done);
}

TEST(Turns, RenewingExtendsTheLease) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn turn = world.claimed();
  world.clock.advance(seconds{29});
  EXPECT_EQ(world.turns.renew(turn.id, turn.token, world.clock.now()), world.clock.now() + seconds{30});
  world.clock.advance(seconds{29});
  EXPECT_EQ(world.turns.recover_expired(world.clock.now()), 0u);
  EXPECT_EQ(world.answers(turn, "done").outcome, TurnOutcome::done);
}

TEST(Turns, ARepeatedAnswerIsRecordedOnce) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn turn = world.claimed();
  const auto first = world.answers(turn, "hello");
  const auto again = world.answers(turn, "hello");
  EXPECT_EQ(again.outcome, TurnOutcome::done);
  EXPECT_EQ(again.reply, first.reply);
  EXPECT_EQ(world.sent_to("ana"), Texts{"hello"});
  EXPECT_EQ(
      world.turns.finish("00000000-0000-7000-8000-000000000000", turn.token, {}, world.clock.now()).outcome,
      TurnOutcome::unknown);
}

TEST(Turns, AreFoundByIdsThatCarryNoShardOrAnotherOne) {
  for (const std::string id : {"00000000-0000-4000-8000-000000000001", "00000000-0000-7000-8000-000000000001",
                               "ffffffff-ffff-7fff-8001-ffffffffffff"}) {
    InboundWorld world;
    world.says("ana", "Oi");
    const Turn turn = world.claimed();
    world.sql.run("UPDATE inbound_turns SET id = '" + id + "'; UPDATE inbound_queue SET turn_id = '" + id +
                  "'; UPDATE inbound_contacts SET turn_id = '" + id + "'");
    EXPECT_TRUE(world.turns.renew(id, turn.token, world.clock.now())) << id;
    EXPECT_EQ(world.turns.finish(id, turn.token, {}, world.clock.now()).outcome, TurnOutcome::retrying) << id;
    world.clock.advance(seconds{1});
    const Turn again = world.claimed();
    EXPECT_EQ(again.id, id);
    EXPECT_EQ(InboundWorld::texts(again), Texts{"Oi"});
    EXPECT_EQ(world.answers(again, "hello").outcome, TurnOutcome::done) << id;
  }
}

TEST(Turns, AReturnedAttemptDoesNotCount) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn interrupted = world.claimed();
  world.turns.release(interrupted.id, interrupted.token, world.clock.now());
  const Turn again = world.claimed();
  EXPECT_EQ(again.id, interrupted.id);
  EXPECT_EQ(again.attempt, 1);
  world.turns.release(interrupted.id, interrupted.token, world.clock.now());
  EXPECT_TRUE(world.claimed_all().empty()) << "a stale token returns nothing";
  EXPECT_EQ(world.answers(interrupted, "late").outcome, TurnOutcome::stale);
  EXPECT_EQ(world.answers(again, "in time").outcome, TurnOutcome::done);
  EXPECT_EQ(world.contacts.stats(world.clock.now()).errors, 0);
}

TEST(Turns, TheLastExpiredLeaseIsLoggedOnce) {
  InboundWorld world;
  world.says("ana", "Oi");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    world.claimed();
    world.clock.advance(seconds{30});
    world.turns.recover_expired(world.clock.now());
    world.clock.advance(seconds{2});
  }
  EXPECT_EQ(world.line("ana"), "failed");
  EXPECT_EQ(
      world.sql.column("SELECT action_type || coalesce(' ' || (output_data ->> 'recovered'), '') FROM "
                       "agent_actions_log WHERE action_type NOT IN ('received', 'turn_taken') ORDER BY id"),
      (Texts{"turn_recovered", "turn_recovered", "turn_failed true"}));
}

TEST(Turns, UnlockingMakesTheTurnDueAtOnce) {
  InboundWorld world;
  world.says("ana", "Oi");
  const Turn stuck = world.claimed();
  EXPECT_EQ(world.contacts.unlock("ana", world.clock.now()), 1u);
  EXPECT_EQ(world.contacts.unlock("ana", world.clock.now()), 0u);
  EXPECT_FALSE(world.contacts.unlock("unknown", world.clock.now()));
  const Turn next = world.claimed();
  EXPECT_EQ(next.id, stuck.id);
  EXPECT_EQ(world.answers(stuck, "late").outcome, TurnOutcome::stale);
  EXPECT_EQ(world.contacts.unlock_all(world.clock.now()), 1u);
}

TEST(Turns, FlushedMessagesStayInTheDatabase) {
  InboundWorld world;
  world.says("ana", "1");
  const Turn turn = world.claimed();
  world.says("ana", "2");
  world.says("bea", "3");
  EXPECT_EQ(world.contacts.flush("ana", world.clock.now()), 1u);
  EXPECT_EQ(world.line("ana"), "processing flushed") << "the turn in process is not flushed";
  EXPECT_EQ(world.answers(turn, "ok").outcome, TurnOutcome::done);
  EXPECT_EQ(world.fails(world.claimed()).outcome, TurnOutcome::retrying);
  const auto flushed = world.contacts.flush_all(world.clock.now());
  EXPECT_EQ(flushed.contacts, 1u);
  EXPECT_EQ(flushed.messages, 1u);
  EXPECT_EQ(world.line("bea"), "flushed") << "a turn that waits for its next attempt is flushed";
  world.clock.advance(minutes{1});
  EXPECT_TRUE(world.claimed_all().empty());
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages WHERE direction = 'inbound'"), "3");
}

TEST(Turns, ManyContactsAreFlushedInBatches) {
  InboundWorld world;
  world.sql.run(
      "INSERT INTO users (id) SELECT 'person_' || i FROM generate_series(1, 1100) AS i; "
      "INSERT INTO inbound_contacts (user_id, contact_id, next_turn_at) SELECT id, id, now() FROM users; "
      "INSERT INTO inbound_queue (user_id, contact_id, message_id) SELECT id, id, gen_random_uuid() FROM "
      "users");
  const auto flushed = world.contacts.flush_all(world.clock.now());
  EXPECT_EQ(flushed.contacts, 1100u);
  EXPECT_EQ(flushed.messages, 1100u);
}

TEST(Turns, StatisticsAddUp) {
  InboundWorld world;
  world.says("ana", "1", "a");
  world.says("ana", "1", "a");
  world.says("ana", "2", "b");
  const Turn turn = world.claimed();
  world.says("bea", "3", "c");
  world.clock.advance(milliseconds{250});
  world.answers(turn, "ok");
  const auto stats = world.contacts.stats(world.clock.now());
  EXPECT_EQ(stats.received, 4);
  EXPECT_EQ(stats.duplicates, 1);
  EXPECT_EQ(stats.turns, 1);
  EXPECT_EQ(stats.processed, 2);
  EXPECT_EQ(stats.processing_ms, 250);
  EXPECT_EQ(stats.messages_waiting, 1u);
  EXPECT_EQ(stats.contacts_waiting, 1u);
  EXPECT_EQ(stats.contacts_in_process, 0u);
  EXPECT_EQ(stats.received_last_minute, 4u);
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM inbound_counters WHERE received > 0 AND shard NOT IN "
                            "(SELECT shard FROM users)"),
            "0")
      << "counted in the shards of the users";
  const auto busiest = world.contacts.busiest(10);
  ASSERT_EQ(busiest.size(), 1u);
  EXPECT_EQ(busiest[0].contact_id, "bea");
  EXPECT_EQ(busiest[0].waiting, 1u);
  EXPECT_FALSE(world.contacts.find("unknown"));
}

TEST(Turns, TheSelfTestPassesUnderAnyConfiguration) {
  InboundConfig config;
  config.max_waiting_per_contact = 1;
  InboundWorld world(config);
  world.says("coordinator-self-test", "I am a person");
  for (const auto& step : world.contacts.run_self_test(world.clock.now()))
    EXPECT_TRUE(step.passed) << step.what;
  EXPECT_EQ(world.line("coordinator-self-test"), "waiting");
}

TEST(Turns, ABlankResponseSendsNoReply) {
  InboundWorld world;
  world.says("ana", "Oi");
  EXPECT_FALSE(world.answers(world.claimed(), " \n").reply);
  EXPECT_TRUE(world.sent_to("ana").empty());
}

TEST(Turns, LongErrorsAreTruncated) {
  InboundWorld world;
  world.says("ana", "Oi");
  std::string error = "x";
  for (int i = 0; i < 100'000; ++i) error += "\u00e9";
  EXPECT_EQ(world.fails(world.claimed(), error).outcome, TurnOutcome::retrying);
  EXPECT_EQ(world.sql.value("SELECT octet_length(error) FROM inbound_turns"), "1999")
      << "no character is split";
  EXPECT_EQ(world.sql.value("SELECT max(octet_length(error)) FROM agent_actions_log"), "1999");
}

TEST(Turns, TheSelfTestLeavesNoTrace) {
  InboundWorld world;
  world.says("ana", "waiting");
  const std::string before = world.sql.value("SELECT sum(received) FROM inbound_counters");
  for (const auto& step : world.contacts.run_self_test(world.clock.now()))
    EXPECT_TRUE(step.passed) << step.what;
  EXPECT_EQ(world.line("ana"), "waiting");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM users"), "1");
  EXPECT_EQ(world.sql.value("SELECT sum(received) FROM inbound_counters"), before);
}

}  // namespace
}  // namespace orchestrator::inbound
