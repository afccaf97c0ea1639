// How an inbound message is stored: user, queue, duplicates, consent.

#include <gtest/gtest.h>

#include "storage/errors.hpp"
#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using support::InboundWorld;
using support::incoming;
using Texts = std::vector<std::string>;

TEST(Receive, AnUnknownNumberBecomesAUser) {
  InboundWorld world;
  const Receipt receipt = world.says("+15550100001", "Hello");
  EXPECT_EQ(receipt.kind, Receipt::Kind::queued);
  EXPECT_EQ(receipt.user.value, "+15550100001");
  EXPECT_EQ(world.sql.value("SELECT phone_number FROM users WHERE id = '+15550100001'"), "+15550100001");
  EXPECT_EQ(
      world.sql.value("SELECT direction || ' ' || role || ' ' || content || ' ' || status FROM messages"),
      "inbound user Hello received");
}

TEST(Receive, AKnownNumberBelongsToItsUser) {
  InboundWorld world;
  world.sql.run("INSERT INTO users (id, phone_number) VALUES ('maria', '+15550100001')");
  EXPECT_EQ(world.says("+15550100001", "one").user.value, "maria");
  EXPECT_EQ(world.says("maria", "two").user.value, "maria");
  EXPECT_EQ(InboundWorld::texts(world.claimed()), (Texts{"one", "two"})) << "one person, one queue";
}

TEST(Receive, RecognisesARepeatedGatewayIdForDays) {
  InboundWorld world;
  const Receipt first = world.says("ana", "Oi", "SM1");
  world.clock.advance(std::chrono::hours{24 * 7});
  const Receipt again = world.says("ana", "Oi", "SM1");
  EXPECT_EQ(again.kind, Receipt::Kind::duplicate);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(world.line("ana"), "waiting duplicate");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages"), "1");
  EXPECT_EQ(world.says("bea", "Oi", "SM1").kind, Receipt::Kind::queued) << "the message of another contact";
}

TEST(Receive, TheSameTextWithinTenSecondsIsADuplicate) {
  InboundWorld world;
  world.says("ana", "Oi", "SM1");
  world.clock.advance(milliseconds{9999});
  EXPECT_EQ(world.says("ana", "Oi", "SM2").kind, Receipt::Kind::duplicate);
  EXPECT_EQ(world.says("ana", "oi", "SM3").kind, Receipt::Kind::queued) << "another text";
  EXPECT_EQ(world.says("bea", "Oi", "SM4").kind, Receipt::Kind::queued) << "another person";
  world.clock.advance(milliseconds{1});
  EXPECT_EQ(world.says("ana", "Oi", "SM5").kind, Receipt::Kind::queued) << "ten seconds after the first";
}

TEST(Receive, ADuplicateDuringProcessingIsAnsweredOnce) {
  InboundWorld world;
  world.says("ana", "Oi", "SM1");
  const Turn turn = world.claimed();
  world.clock.advance(seconds{4});
  EXPECT_EQ(world.says("ana", "Oi", "SM2").kind, Receipt::Kind::duplicate);
  world.clock.advance(seconds{1});
  world.answers(turn, "Oi! Tudo bem?");
  EXPECT_TRUE(world.claimed_all().empty()) << "processed once";
  EXPECT_EQ(world.sent_to("ana"), Texts{"Oi! Tudo bem?"}) << "answered once";
}

TEST(Receive, AWindowOfZeroDisablesDuplicatesByContent) {
  InboundConfig config;
  config.duplicate_window = seconds{0};
  InboundWorld world(config);
  world.says("ana", "Oi");
  EXPECT_EQ(world.says("ana", "Oi").kind, Receipt::Kind::queued);
}

TEST(Receive, DropsTheOldestMessageWhenTheQueueIsFull) {
  InboundConfig config;
  config.max_waiting_per_contact = 3;
  InboundWorld world(config);
  for (const char* text : {"1", "2", "3"}) world.says("ana", text);
  const Receipt receipt = world.says("ana", "4");
  EXPECT_EQ(receipt.dropped, 1u);
  EXPECT_EQ(world.line("ana"), "dropped waiting waiting waiting");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM agent_actions_log WHERE action_type = 'dropped'"), "1");
  world.clock.advance(seconds{3});
  EXPECT_EQ(InboundWorld::texts(world.claimed()), (Texts{"2", "3", "4"}));
}

TEST(Receive, StoresABatchAtomically) {
  InboundWorld world;
  const auto receipts = world.inbound.receive({{{}, incoming("zoe", "z1", "a")},
                                               {{}, incoming("ana", "a1", "b")},
                                               {{}, incoming("zoe", "z2", "c")},
                                               {{}, incoming("zoe", "z1", "a")}},
                                              world.clock.now());
  ASSERT_EQ(receipts.size(), 4u);
  EXPECT_EQ(receipts[3].kind, Receipt::Kind::duplicate);
  EXPECT_EQ(receipts[3].id, receipts[0].id);
  EXPECT_EQ(world.line("zoe"), "waiting waiting duplicate");
  EXPECT_THROW(
      world.inbound.receive({{{}, incoming("ana", "fine", "d")}, {{}, incoming("bad\xff", "x", "e")}},
                            world.clock.now()),
      storage::BadData);
  EXPECT_EQ(world.line("ana"), "waiting") << "all or nothing";
}

TEST(Receive, ReleasesMessagesThatQuietHoursBlocked) {
  InboundWorld world;
  world.add_user("ana");
  world.clock.set(support::at("2026-01-15T23:00:00Z"));
  world.schedule("ana", "blocked", Priority::medium);
  world.pass();
  EXPECT_TRUE(world.sent_to("ana").empty());
  world.clock.advance(minutes{1});
  EXPECT_TRUE(world.says("ana", "Still awake").wakes_queue);
  EXPECT_FALSE(world.says("bea", "Nothing waits for me").wakes_queue);
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ana"), Texts{"blocked"});
}

TEST(Receive, StopTakesEffectAtOnceAndIsConfirmedOnce) {
  InboundWorld world;
  world.add_user("ana");
  world.schedule("ana", "later", Priority::low, world.clock.now() + minutes{5});
  EXPECT_EQ(world.says("ana", " Stop. ").kind, Receipt::Kind::opted_out);
  world.clock.advance(seconds{30});
  EXPECT_EQ(world.says("ana", "STOP").kind, Receipt::Kind::opted_out);
  EXPECT_EQ(world.sent_to("ana"), Texts{world.config.opt_out_text}) << "one confirmation";
  EXPECT_EQ(world.sql.value("SELECT purpose FROM messages WHERE direction = 'outbound'"), "consent");
  EXPECT_TRUE(world.claimed_all().empty()) << "not for the agent";
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sql.value("SELECT status || ' ' || status_reason FROM message_queue"),
            "cancelled opted_out");
}

TEST(Receive, StartOptsInAgain) {
  InboundWorld world;
  world.says("ana", "stop", "SM1");
  world.clock.advance(seconds{2});
  EXPECT_EQ(world.says("ana", "START", "SM2").kind, Receipt::Kind::opted_in);
  EXPECT_EQ(world.sql.value("SELECT opted_out_at FROM users"), "");
  EXPECT_EQ(world.says("ana", "stop", "SM1").kind, Receipt::Kind::duplicate)
      << "the webhook is repeated late";
  EXPECT_EQ(world.sql.value("SELECT opted_out_at FROM users"), "");
  EXPECT_EQ(world.says("ana", "stop", "SM3").kind, Receipt::Kind::opted_out)
      << "a new message, although within ten seconds";
  EXPECT_NE(world.sql.value("SELECT opted_out_at FROM users"), "");
}

TEST(Receive, YesIsAnOrdinaryMessageUnlessOptedOut) {
  InboundWorld world;
  EXPECT_EQ(world.says("ana", "Yes").kind, Receipt::Kind::queued);
  EXPECT_EQ(InboundWorld::texts(world.claimed()), Texts{"Yes"});
}

TEST(Receive, ARepeatedYesIsADuplicate) {
  InboundWorld world;
  world.says("ana", "Yes", "SM1");
  world.clock.advance(seconds{2});
  EXPECT_EQ(world.says("ana", "Yes", "SM2").kind, Receipt::Kind::duplicate);
  world.says("ana", "STOP", "SM3");
  EXPECT_EQ(world.says("ana", "Yes", "SM4").kind, Receipt::Kind::opted_in) << "after STOP it opts in";
  EXPECT_EQ(world.line("ana"), "waiting duplicate done done");
}

TEST(Receive, ALostMessageMayBeSentAgain) {
  InboundConfig config;
  config.max_waiting_per_contact = 1;
  InboundWorld world(config);
  const Receipt first = world.says("ana", "a table", "SM1");
  EXPECT_EQ(world.says("ana", "for two", "SM2").dropped, 1u);
  EXPECT_EQ(world.says("ana", "a table", "SM1").kind, Receipt::Kind::duplicate) << "a repeat by the gateway";
  EXPECT_EQ(world.says("ana", "a table", "SM3").kind, Receipt::Kind::queued) << "after it was dropped";
  world.contacts.flush("ana", world.clock.now());
  EXPECT_EQ(world.says("ana", "a table", "SM4").kind, Receipt::Kind::queued) << "after a flush";
  EXPECT_EQ(world.says("ana", "a table", "SM5").kind, Receipt::Kind::duplicate) << "it is still waiting";
  for (const seconds pause : {seconds{1}, seconds{2}, seconds{0}}) {
    world.clock.advance(seconds{2});
    world.fails(world.claimed());
    world.clock.advance(pause);
  }
  EXPECT_EQ(world.says("ana", "a table", "SM6").kind, Receipt::Kind::queued) << "after its turn failed";
}

TEST(Receive, DoesNotConfirmWhatTheGatewayConfirms) {
  InboundWorld world;
  IncomingMessage message = incoming("ana", "STOP");
  message.gateway_consent = Consent::stop;
  world.inbound.receive({{Consent::stop, message}}, world.clock.now());
  EXPECT_NE(world.sql.value("SELECT opted_out_at FROM users"), "");
  EXPECT_TRUE(world.sent_to("ana").empty());
}

}  // namespace
}  // namespace orchestrator::inbound
