// Sequences, all lane rules, and the history of a message, on a real database.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/policy.hpp"
#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::World;
using Texts = std::vector<std::string>;

constexpr Duration kInstant{1};

class FullRules : public ::testing::Test {
 protected:
  FullRules() { world.add_user("ann"); }

  ScheduleRequest sequence(const Texts& texts, Priority priority = Priority::medium) {
    ScheduleRequest request{.user = UserId{"ann"},
                            .agent = AgentId{"a"},
                            .priority = priority,
                            .scheduled_for = world.clock.now()};
    for (const auto& text : texts) request.parts.push_back(R"({"content": ")" + text + "\"}");
    return request;
  }

  void insert_part(int position, int total, const std::string& text) {
    world.sql.run(
        "INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for, sequence_id, "
        "sequence_position, sequence_total) VALUES ('ann', 'a', '{\"content\": \"" +
        text + "\"}', '" + format_instant(world.clock.now()) + "', 's', " + std::to_string(position) + ", " +
        std::to_string(total) + ")");
  }

  World world;
};

TEST_F(FullRules, ASequenceIsPromotedWholeAndCountsAsOneMessage) {
  world.rules.hourly_limit = 2;
  world.submitted(sequence({"one", "two", "three"}));
  world.schedule("ann", "four");
  world.schedule("ann", "five");
  EXPECT_EQ(world.pass().promoted, 3);
  EXPECT_EQ(world.sent_to("ann"), (Texts{"one", "two", "three"}));
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T12:00:30.000000Z");
  world.clock.advance(30s);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"one", "two", "three", "four"}));
  EXPECT_EQ(world.sql.value("SELECT messages_sent FROM user_message_budget WHERE user_id = 'ann'"), "2");
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T13:00:00.000000Z");
}

TEST_F(FullRules, ASequenceWaitsForItsPartsInAnyOrder) {
  insert_part(3, 3, "three");
  insert_part(1, 3, "one");
  world.schedule("ann", "meanwhile", Priority::low);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"meanwhile"});
  world.clock.advance(1min);
  EXPECT_EQ(world.pass().promoted, 0);
  insert_part(2, 3, "two");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"meanwhile", "one", "two", "three"}));
}

TEST_F(FullRules, ASequenceThatMissesAPartWaitsForIt) {
  world.submitted(sequence({"one", "two"}));
  world.submitted(sequence({"uno", "due"}));
  world.submitted(sequence({"eins", "zwei"}));
  world.sql.run(
      "UPDATE message_queue SET status = 'cancelled' WHERE message_data ->> 'content' IN ('two', 'due')");
  for (int second = 0; second < 4; ++second) {
    world.pass();
    world.clock.advance(1s);
  }
  EXPECT_EQ(world.sent_to("ann"), (Texts{"eins", "zwei"}));
  world.clock.advance(1min);
  world.sql.run("UPDATE message_queue SET status = 'queued' WHERE message_data ->> 'content' = 'due'");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"eins", "zwei", "uno", "due"}));
}

TEST_F(FullRules, ASequenceIsCancelledAndExpiresAsAWhole) {
  const MessageId first = world.submitted(sequence({"one", "two"}));
  world.messages.cancel(first, "cancelled_by_request", world.clock.now());
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue WHERE status = 'cancelled'"), "2");

  insert_part(1, 2, "a");
  insert_part(2, 2, "b");
  world.sql.run(
      "UPDATE message_queue SET expires_at = '2026-11-20T12:00:00Z' WHERE message_data ->> 'content' = 'b'");
  world.pass();
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue WHERE status = 'expired'"), "2");
  EXPECT_EQ(world.sent_to("ann"), Texts{});
}

TEST_F(FullRules, OptimalTimeDefersMediumMessagesToBestHours) {
  world.users.put(User{.id = UserId{"ann"},
                       .timezone = "Europe/London",
                       .response_pattern = ResponsePattern{.best_hours = std::bitset<24>(1U << 18U)}});
  world.schedule("ann", "can wait");
  auto cannot_wait = sequence({"cannot wait"});
  cannot_wait.can_delay = false;
  world.submitted(cannot_wait);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"cannot wait"});
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T18:00:00.000000Z");
  world.clock.set(at("2026-11-20T18:00:00Z") - kInstant);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"cannot wait"});
  world.clock.advance(kInstant);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"cannot wait", "can wait"}));
}

TEST_F(FullRules, AMessageThatNoLongerCanBeDelayedIsPromoted) {
  world.users.put(User{.id = UserId{"ann"},
                       .timezone = "Europe/London",
                       .response_pattern = ResponsePattern{.best_hours = std::bitset<24>(1U << 18U)}});
  world.schedule("ann", "can wait");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE message_queue SET can_delay = false");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"can wait"});
}

TEST_F(FullRules, LowMessagesAreDeferredWhileTheQueueIsBusy) {
  const auto pass_when_busy = [&] {
    return processor::run_pass({.store = world.passes,
                                .clock = world.clock,
                                .ids = world.ids,
                                .rules = world.rules,
                                .busy_threshold = 0},
                               processor::PassKind::full, {});
  };
  world.schedule("ann", "low", Priority::low);
  EXPECT_EQ(pass_when_busy().deferred_by[static_cast<std::size_t>(Reason::low_priority_busy)], 1);
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T12:05:00.000000Z");
  world.clock.advance(5min);
  pass_when_busy();
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T12:10:00.000000Z");
  world.clock.advance(5min);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"low"});
}

TEST_F(FullRules, ALowMessageAgesIntoTheMediumLane) {
  world.schedule("ann", "low", Priority::low);
  const Instant posted = world.clock.now();
  std::optional<Instant> went;
  for (int hour = 0; hour < 48 && !went; ++hour) {
    world.schedule("ann", "medium " + std::to_string(hour));
    processor::run_pass({.store = world.passes,
                         .clock = world.clock,
                         .ids = world.ids,
                         .rules = world.rules,
                         .busy_threshold = 0},
                        processor::PassKind::full, {});
    const auto sent = world.sent_to("ann");
    if (std::ranges::count(sent, "low") > 0) went = world.clock.now();
    world.clock.advance(1h);
  }
  ASSERT_TRUE(went);
  EXPECT_EQ(*went - posted, 24h);
}

TEST_F(FullRules, PredictionsComeTrue) {
  world.clock.set(at("2026-11-20T21:58:00Z"));
  std::vector<MessageId> messages;
  for (int i = 0; i < 14; ++i) messages.push_back(world.schedule("ann", std::to_string(i)));
  const MessageId last = messages.back();

  const auto line = world.messages.snapshot_of(UserId{"ann"}, 1000).value();
  const policy::Limits limits = policy::limits_in_force(line.facts, world.rules);
  const auto prediction = policy::predict(world.clock.now(), last, line.waiting, line.facts, limits);
  ASSERT_TRUE(prediction);
  EXPECT_EQ(prediction->sent_before, 13U);

  while (!world.next_attempt_at("ann").empty()) {
    const Instant next = at(world.next_attempt_at("ann"));
    if (next == prediction->at) {
      world.clock.set(next - kInstant);
      world.pass();
      EXPECT_EQ(world.status(last), "queued");
    }
    world.clock.set(next);
    world.pass();
  }
  EXPECT_EQ(world.status(last), "sent");
  EXPECT_EQ(world.clock.now(), prediction->at);
}

TEST_F(FullRules, TheHistoryListsEveryEvent) {
  world.clock.set(at("2026-11-20T23:00:00Z"));
  const MessageId message = world.schedule("ann", "morning");
  world.pass();
  world.clock.set(at("2026-11-21T08:00:00Z"));
  world.pass();
  const auto record = world.messages.find(message).value();
  EXPECT_EQ(record.status, "sent");
  EXPECT_EQ(record.content, "morning");
  ASSERT_EQ(record.history.size(), 3U);
  EXPECT_EQ(record.history[0].what, "queued");
  EXPECT_EQ(record.history[1].what, "deferred");
  EXPECT_EQ(record.history[1].reason, "quiet_hours");
  EXPECT_EQ(record.history[1].until, at("2026-11-21T08:00:00Z"));
  EXPECT_EQ(record.history[2].what, "promoted");
  EXPECT_EQ(record.sent.value().status, "pending");
}

}  // namespace
}  // namespace orchestrator
