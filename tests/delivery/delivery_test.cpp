// From a pending row to the recipient's phone, with a provider that fails: what recipients receive, what is
// recorded, and that nothing is sent twice.
#include "support/delivery_flow.hpp"

namespace orchestrator::delivery {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::DeliveryFlow;
using support::eventually;
using support::kAnn;
using Conduct = support::StandInTwilio::Conduct;
using Texts = std::vector<std::string>;

TEST_F(DeliveryFlow, SendsPromotedMessages) {
  promote("ann", "Grüße & mehr");
  deliver();
  ASSERT_TRUE(becomes("Grüße & mehr", "sent|SM1|1"));
  EXPECT_EQ(twilio->received_by(kAnn), Texts{"Grüße & mehr"});
  const auto form = twilio->last_post().form;
  EXPECT_EQ(form.at("From"), "+15550109999");
  EXPECT_EQ(form.at("StatusCallback"), "https://texts.example/webhooks/twilio/status?message=" +
                                           world.sql.value("SELECT id FROM messages"));
  // Noon in London, quiet hours from 22:00: the validity is the maximum that Twilio allows.
  EXPECT_LE(std::stoi(form.at("ValidityPeriod")), 36'000);
  EXPECT_GE(std::stoi(form.at("ValidityPeriod")), 35'900);
}

TEST_F(DeliveryFlow, SendsThroughAMessagingService) {
  promote("ann", "hello");
  twilio.emplace();
  TwilioConfig config = twilio->config();
  config.phone_number = "MG123";
  sender.emplace(config, "", 500ms, http);
  delivery.emplace(context(UnknownPolicy::hold, 1, 0));
  ASSERT_TRUE(becomes("hello", "sent|SM1|1"));
  const auto form = twilio->last_post().form;
  EXPECT_EQ(form.at("MessagingServiceSid"), "MG123");
  EXPECT_EQ(form.count("From"), 0U);
  EXPECT_EQ(form.count("StatusCallback"), 0U);
}

TEST_F(DeliveryFlow, FailsUnsendableMessagesWithoutACall) {
  add("bob", "+15550100002");
  world.add_user("numberless");
  const std::string longest(1600, 'x');
  promote("ann", longest);
  promote("bob", longest + "x");
  promote("numberless", "hello");
  deliver();
  EXPECT_TRUE(becomes(longest, "sent|SM1|1"));
  EXPECT_TRUE(becomes(longest + "x", "failed|-|1|text_too_long"));
  EXPECT_TRUE(becomes("hello", "failed|-|1|no_phone_number"));
  EXPECT_EQ(twilio->posts(), 1);
}

TEST_F(DeliveryFlow, RetriesMessagesThatTheProviderHasNotProcessed) {
  provider_does([](const std::string&, int before) {
    if (before == 0) return Conduct::too_many;
    return before < 3 ? Conduct::unavailable : Conduct::accept;
  });
  promote("ann", "hello");
  deliver();
  ASSERT_TRUE(becomes("hello", "sent|SM1|4"));
  EXPECT_EQ(twilio->received_by(kAnn), Texts{"hello"});
  EXPECT_EQ(log(), (Texts{"send_retry 20429", "send_retry 20503", "send_retry 20503"}));
}

TEST_F(DeliveryFlow, GivesUpAfterThreeRetries) {
  provider_does(Conduct::too_many);
  promote("ann", "hello");
  deliver();
  ASSERT_TRUE(becomes("hello", "failed|-|4|20429"));
  EXPECT_EQ(twilio->posts(), 4);
}

TEST_F(DeliveryFlow, FailsPermanentlyRefusedMessagesAtOnce) {
  provider_does(Conduct::bad_number);
  promote("ann", "hello");
  deliver();
  ASSERT_TRUE(becomes("hello", "failed|-|1|21211"));
  EXPECT_EQ(twilio->posts(), 1);
}

TEST_F(DeliveryFlow, RecordsAnOptOutThatTheProviderReports) {
  provider_does(Conduct::unsubscribed);
  promote("ann", "one");
  promote("ann", "two");
  deliver();
  ASSERT_TRUE(becomes("one", "failed|-|1|21610"));
  ASSERT_TRUE(becomes("two", "failed|-|0|opted_out"));
  EXPECT_EQ(world.sql.value("SELECT opted_out_at IS NOT NULL FROM users WHERE id = 'ann'"), "t");
  EXPECT_EQ(twilio->posts(), 1);
}

// However the answer is lost, the message is found at the provider and not sent again.
TEST_F(DeliveryFlow, FindsAcceptedMessagesWhoseAnswerWasLost) {
  provider_does([](const std::string& text, int) {
    if (text == "failed") return Conduct::accept_and_fail;
    return text == "hung" ? Conduct::accept_and_hang : Conduct::accept_and_reset;
  });
  int number = 2;
  for (const std::string text : {"failed", "hung", "reset"}) {
    add(text, "+1555010000" + std::to_string(number++));
    promote(text, text);
  }
  deliver(UnknownPolicy::retry);
  for (const std::string text : {"failed", "hung", "reset"}) {
    EXPECT_TRUE(in_time([&] { return row(text).starts_with("sent|SM"); })) << row(text);
  }
  EXPECT_EQ(twilio->posts(), 3);
}

TEST_F(DeliveryFlow, HoldsMessagesWithAnUnknownOutcome) {
  for (const auto conduct : {Conduct::fail, Conduct::hang, Conduct::reset}) {
    world.sql.run("DELETE FROM messages");
    delivery.reset();
    provider_does(conduct);
    promote("ann", "hello");
    deliver(UnknownPolicy::hold);
    ASSERT_TRUE(in_time([&] {
      return world.sql.value(
                 "SELECT count(*) FROM messages WHERE status = 'unknown' AND look_ups = 3 "
                 "AND next_attempt_at IS NULL") == "1";
    }));
    EXPECT_EQ(twilio->posts(), 1);
  }
}

TEST_F(DeliveryFlow, ResendsMessagesWithAnUnknownOutcomeIfThePolicyIsRetry) {
  provider_does(
      [](const std::string&, int before) { return before == 0 ? Conduct::reset : Conduct::accept; });
  promote("ann", "hello");
  deliver(UnknownPolicy::retry);
  ASSERT_TRUE(becomes("hello", "sent|SM1|2"));
  EXPECT_EQ(twilio->received_by(kAnn), Texts{"hello"});
  EXPECT_EQ(log(), (Texts{"send_unknown no_answer", "resent no_answer"}));
}

TEST_F(DeliveryFlow, ResendsAtMostOnce) {
  provider_does(Conduct::fail);
  promote("ann", "hello");
  deliver(UnknownPolicy::retry);
  ASSERT_TRUE(in_time([&] {
    return world.sql.value(
               "SELECT count(*) FROM messages WHERE status = 'unknown' AND resent "
               "AND next_attempt_at IS NULL") == "1";
  }));
  EXPECT_EQ(twilio->posts(), 2);
}

// The provider has one of two messages with the same text; which of them cannot be determined.
TEST_F(DeliveryFlow, SettlesNoMessageOfAnAmbiguousPair) {
  provider_does([](const std::string&, int before) {
    return before == 0 ? Conduct::accept_and_reset : Conduct::reset;
  });
  promote("ann", "hello");
  promote("ann", "hello");
  deliver(UnknownPolicy::retry);
  ASSERT_TRUE(in_time([&] {
    return world.sql.value(
               "SELECT count(*) FROM messages WHERE status = 'unknown' "
               "AND next_attempt_at IS NULL") == "2";
  }));
  EXPECT_EQ(twilio->posts(), 2);
}

TEST_F(DeliveryFlow, ACallbackSettlesAnUnknownOutcome) {
  provider_does(Conduct::accept_and_reset);
  promote("ann", "hello");
  deliver();
  ASSERT_TRUE(eventually([&] { return row("hello") == "unknown|-|1|no_answer"; }));
  EXPECT_EQ(world.deliveries.report({{.provider = "twilio",
                                      .provider_message_id = "SM1",
                                      .message = MessageId{world.sql.value("SELECT id FROM messages")},
                                      .status = DeliveryReport::Status::delivered}},
                                    world.clock.now()),
            1U);
  EXPECT_EQ(row("hello"), "delivered|SM1|1");
}

// The callback arrives before the answer to the POST.
TEST_F(DeliveryFlow, ACallbackBeforeTheAnswerIsNotOverwritten) {
  std::atomic<bool> reported = false;
  provider_does([&](const std::string&, int) {
    const std::string id = support::Sql(world.url()).value("SELECT id FROM messages WHERE content = 'first'");
    if (!reported.exchange(true)) {
      world.deliveries.report({{.provider = "twilio",
                                .provider_message_id = "SM1",
                                .message = MessageId{id},
                                .status = DeliveryReport::Status::delivered}},
                              world.clock.now());
    }
    return Conduct::accept;
  });
  promote("ann", "first");
  promote("ann", "second");
  deliver();
  ASSERT_TRUE(becomes("second", "sent|SM2|1"));
  EXPECT_EQ(row("first"), "delivered|SM1|1");
}

TEST_F(DeliveryFlow, QuietHoursDeferAllMessagesButReplies) {
  world.clock.set(at("2026-11-20T22:00:00Z"));
  promote("ann", "scheduled");
  promote("ann", "reply", "reply");
  deliver();
  ASSERT_TRUE(eventually([&] { return row("reply") == "sent|SM1|1"; }));
  EXPECT_EQ(row("scheduled"), "pending|-|0");
  EXPECT_EQ(world.sql.value("SELECT waiting_for || ' ' || (next_attempt_at = '2026-11-21T08:00:00Z') "
                            "FROM messages WHERE content = 'scheduled'"),
            "quiet_hours true");
  EXPECT_EQ(log(), Texts{"send_deferred quiet_hours"});
  world.clock.set(at("2026-11-21T08:00:00Z"));
  delivery->wake();
  ASSERT_TRUE(eventually([&] { return row("scheduled") == "sent|SM2|1"; }));
}

// Otherwise the messages behind the first would block replies, and would be checked again throughout the
// night.
TEST_F(DeliveryFlow, QuietHoursDeferAllScheduledMessagesOfAUserTogether) {
  world.clock.set(at("2026-11-20T22:00:00Z"));
  for (const std::string text : {"one", "two", "three"}) promote("ann", text);
  deliver();
  ASSERT_TRUE(eventually([&] { return log() == Texts{"send_deferred quiet_hours"}; }));
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages WHERE waiting_for = 'quiet_hours' AND "
                            "next_attempt_at = '2026-11-21T08:00:00Z'"),
            "3");
  promote("ann", "reply", "reply");
  delivery->wake();
  ASSERT_TRUE(eventually([&] { return row("reply") == "sent|SM1|1"; }));
  world.clock.set(at("2026-11-21T08:00:00Z"));
  delivery->wake();
  ASSERT_TRUE(eventually([&] { return row("three") == "sent|SM4|1"; }));
  EXPECT_EQ(twilio->received_by(kAnn), (Texts{"reply", "one", "two", "three"}));
}

// A pass that began while the user was active commits after quiet hours have deferred an earlier message: the
// later message is deferred too. It neither overtakes the earlier one nor blocks replies.
TEST_F(DeliveryFlow, QuietHoursDeferMessagesPromotedBehindDeferredOnes) {
  world.clock.set(at("2026-11-20T22:00:00Z"));
  promote("ann", "first");
  deliver();
  ASSERT_TRUE(eventually([&] { return log() == Texts{"send_deferred quiet_hours"}; }));
  promote("ann", "late");
  promote("ann", "reply", "reply");
  delivery->wake();
  ASSERT_TRUE(eventually([&] { return row("reply") == "sent|SM1|1"; }));
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages WHERE waiting_for = 'quiet_hours' AND "
                            "next_attempt_at = '2026-11-21T08:00:00Z'"),
            "2");
  world.clock.set(at("2026-11-21T08:00:00Z"));
  delivery->wake();
  ASSERT_TRUE(eventually([&] { return row("late") == "sent|SM3|1"; }));
  EXPECT_EQ(twilio->received_by(kAnn), (Texts{"reply", "first", "late"}));
}

TEST_F(DeliveryFlow, MessagesDeferredByQuietHoursAreSentWhenTheUserWrites) {
  world.clock.set(at("2026-11-20T23:00:00Z"));
  promote("ann", "scheduled");
  deliver();
  ASSERT_TRUE(
      eventually([&] { return world.sql.value("SELECT waiting_for FROM messages") == "quiet_hours"; }));
  world.person_writes("ann");
  delivery->wake();
  ASSERT_TRUE(eventually([&] { return row("scheduled") == "sent|SM1|1"; }));
}

TEST_F(DeliveryFlow, AUserWhoOptsOutInQuietHoursGetsOnlyTheConfirmation) {
  world.clock.set(at("2026-11-20T23:00:00Z"));
  promote("ann", "scheduled");
  deliver();
  ASSERT_TRUE(eventually(
      [&] { return world.sql.value("SELECT coalesce(waiting_for::text, '') FROM messages") == "quiet_hours"; }));
  world.sql.run("UPDATE users SET opted_out_at = now() WHERE id = 'ann'");
  promote("ann", "reply", "reply");
  promote("ann", "goodbye", "consent");
  delivery->wake();
  ASSERT_TRUE(becomes("goodbye", "sent|SM1|1"));
  EXPECT_EQ(row("scheduled"), "failed|-|0|opted_out");
  EXPECT_EQ(row("reply"), "failed|-|0|opted_out");
}

// With two instances, concurrent sends and frequent refusals, each user receives the messages in order, and
// the provider never has two messages of one user at the same time.
TEST_F(DeliveryFlow, KeepsTheOrderOfEachUser) {
  constexpr int kPeople = 12;
  constexpr int kEach = 6;
  provider_does([](const std::string& text, int before) {
    const bool is_refused = before == 0 && std::hash<std::string>{}(text) % 3 == 0;
    return is_refused ? Conduct::too_many : Conduct::accept;
  });
  Texts expected;
  for (int i = 1; i <= kEach; ++i) expected.push_back("message " + std::to_string(i));
  for (int person = 0; person < kPeople; ++person) {
    add("p" + std::to_string(person), "+155502000" + std::to_string(10 + person));
  }
  for (const std::string& text : expected) {
    for (int person = 0; person < kPeople; ++person) promote("p" + std::to_string(person), text);
  }
  deliver(UnknownPolicy::hold, 8);
  Delivery other(context(UnknownPolicy::hold, 8, 0));
  ASSERT_TRUE(in_time([&] {
    other.wake();
    return twilio->taken().size() == kPeople * kEach;
  }));
  for (int person = 0; person < kPeople; ++person) {
    EXPECT_EQ(twilio->received_by("+155502000" + std::to_string(10 + person)), expected);
  }
  EXPECT_EQ(twilio->most_at_once_to_one(), 1);
}

TEST_F(DeliveryFlow, SendsNoFasterThanTheConfiguredRate) {
  for (int i = 0; i < 40; ++i) {
    add("p" + std::to_string(i), "+155502000" + std::to_string(10 + i));
    promote("p" + std::to_string(i), "hello " + std::to_string(i));
  }
  deliver(UnknownPolicy::hold, 16, 10);
  Delivery other(context(UnknownPolicy::hold, 16, 10));
  // 10 per second: one at once, and one for the slack of 100 ms.
  const auto pending = [&] {
    return std::stoul(world.sql.value("SELECT count(*) FROM messages WHERE status = 'pending'"));
  };
  ASSERT_TRUE(eventually([&] { return pending() <= 38; }));
  for (std::size_t tenth = 1; tenth <= 20; ++tenth) {
    world.clock.advance(100ms);
    delivery->wake();
    other.wake();
    ASSERT_TRUE(eventually([&] { return pending() == 38 - tenth; })) << pending() << " at " << tenth;
  }
}

TEST_F(DeliveryFlow, AStopAbandonsHangingCallsAndRecordsTheirOutcomeAsUnknown) {
  provider_does(Conduct::accept_and_hang);
  promote("ann", "hello");
  sender.emplace(twilio->config(), "", 60s, http);
  delivery.emplace(context(UnknownPolicy::hold, 2, 0));
  ASSERT_TRUE(eventually([&] { return twilio->posts() == 1; }));
  const auto before = std::chrono::steady_clock::now();
  delivery.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 8s);
  EXPECT_EQ(row("hello"), "unknown|-|1|no_answer");
}

}  // namespace
}  // namespace orchestrator::delivery
