// What a user receives, and when: message_queue → pass → messages, on a real database with a fake clock.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::World;
using Texts = std::vector<std::string>;

constexpr Duration kInstant{1};  // the resolution of the clock

TEST(Pass, MovesADueMessageIntoMessages) {
  World world;
  world.add_user("ann");
  const MessageId queued = world.schedule("ann", "Your table is booked.");

  const processor::PassSummary summary = world.pass();

  EXPECT_EQ(summary.promoted, 1);
  EXPECT_EQ(world.status(queued), "sent");
  EXPECT_EQ(
      world.sql.value("SELECT concat_ws('|', direction, role, content, status, queue_id = '" + queued.value +
                      "', conversation_id IS NULL, created_at = '2026-11-20T12:00:00Z') FROM messages"),
      "outbound|concierge|Your table is booked.|pending|t|t|t");
  EXPECT_EQ(world.sql.value("SELECT delivered_message_id = (SELECT id FROM messages) FROM message_queue"),
            "t");
  EXPECT_EQ(world.next_attempt_at("ann"), "");
}

TEST(Pass, LogsFullPassesThatDidSomethingAndNoPromotions) {
  World world;
  world.add_user("ann");
  world.pass();
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM agent_actions_log"), "0");
  world.schedule("ann", "one");
  world.schedule("ann", "two");
  world.pass();
  EXPECT_EQ(
      world.sql.value("SELECT string_agg(concat_ws(' ', action_type, user_id, output_data ->> 'promoted', "
                      "output_data ->> 'deferred'), ', ' ORDER BY action_type) FROM agent_actions_log"),
      "full_pass * 1 0");
}

TEST(Pass, LeavesMessagesThatAreNotDue) {
  World world;
  world.add_user("ann");
  world.schedule("ann", "later", Priority::urgent, world.clock.now() + 1h);

  EXPECT_EQ(world.pass().promoted, 0);
  world.clock.advance(1h - kInstant);
  EXPECT_EQ(world.pass().promoted, 0);
  world.clock.advance(kInstant);
  EXPECT_EQ(world.pass().promoted, 1);
}

TEST(Pass, KeepsTheCooldownToTheMicrosecond) {
  World world;
  world.add_user("ann");
  world.schedule("ann", "one");
  world.schedule("ann", "two");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"one"});
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T12:00:30.000000Z");
  EXPECT_EQ(world.blocked_by("ann"), "cooldown");

  world.clock.advance(30s - kInstant);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"one"});
  world.clock.advance(kInstant);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"one", "two"}));
}

TEST(Pass, KeepsQuietHoursToTheMicrosecond) {
  World world;
  world.add_user("ann");
  world.clock.set(at("2026-11-20T22:00:00Z"));
  world.schedule("ann", "good morning", Priority::urgent);

  const processor::PassSummary summary = world.pass();
  EXPECT_EQ(summary.deferred, 1);
  EXPECT_EQ(summary.deferred_by[static_cast<std::size_t>(Reason::quiet_hours)], 1);
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-21T08:00:00.000000Z");
  EXPECT_EQ(world.blocked_by("ann"), "quiet_hours");

  world.clock.set(at("2026-11-21T08:00:00Z") - kInstant);
  EXPECT_EQ(world.pass().promoted, 0);
  world.clock.advance(kInstant);
  EXPECT_EQ(world.pass().promoted, 1);
}

TEST(Pass, KeepsQuietHoursInTheUsersTimeZone) {
  World world;
  world.add_user("kathmandu", "Asia/Kathmandu");  // 17:45
  world.add_user("sydney", "Australia/Sydney");   // 23:00
  world.schedule("kathmandu", "day");
  world.schedule("sydney", "night");
  world.pass();
  EXPECT_EQ(world.sent_to("kathmandu"), Texts{"day"});
  EXPECT_EQ(world.sent_to("sydney"), Texts{});
  EXPECT_EQ(world.next_attempt_at("sydney"), "2026-11-20T21:00:00.000000Z");
}

TEST(Pass, SendsAtOnceWhenTheUserWritesInQuietHours) {
  World world;
  world.add_user("ann");
  world.clock.set(at("2026-11-20T23:30:00Z"));
  world.schedule("ann", "first");
  world.schedule("ann", "second");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});

  world.person_writes("ann");
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"first"});
  world.clock.advance(30s);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"first", "second"}));
}

TEST(Pass, TreatsTheUserAsActiveForTenMinutes) {
  for (const auto& [since, sent] : {std::pair{10min - kInstant, 1}, {Duration{10min}, 0}}) {
    World world;
    world.add_user("ann");
    world.clock.set(at("2026-11-20T23:30:00Z"));
    world.person_writes("ann");
    world.clock.advance(since);
    world.schedule("ann", "are you there?");
    EXPECT_EQ(world.pass().promoted, sent) << since.count();
  }
}

TEST(Pass, PromotesLaneByLaneAndFirstInFirstOut) {
  World world;
  world.add_user("ann");
  for (const auto priority : {Priority::low, Priority::medium, Priority::urgent, Priority::high}) {
    world.schedule("ann", std::string(to_text(priority)) + " 1", priority);
    world.schedule("ann", std::string(to_text(priority)) + " 2", priority);
  }
  world.rules.hourly_limit = 0;
  for (int i = 0; i < 8; ++i) {
    world.pass();
    world.clock.advance(30s);
  }
  EXPECT_EQ(world.sent_to("ann"),
            (Texts{"urgent 1", "urgent 2", "high 1", "high 2", "medium 1", "medium 2", "low 1", "low 2"}));
}

TEST(Pass, KeepsTheHourlyAndTheDailyLimit) {
  World world;
  world.add_user("ann");
  for (int i = 0; i < 12; ++i) world.schedule("ann", std::to_string(i));
  for (int minute = 0; minute < 60; ++minute) {
    world.pass();
    world.clock.advance(1min);
  }
  EXPECT_EQ(world.sent_to("ann").size(), 5U);
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T13:00:00.000000Z");

  for (int minute = 0; minute < 300; ++minute) {
    world.pass();
    world.clock.advance(1min);
  }
  EXPECT_EQ(world.sent_to("ann").size(), 10U);
  // Midnight is still quiet.
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-21T08:00:00.000000Z");
}

TEST(Pass, ExpiresOverdueMessages) {
  World world;
  world.add_user("ann");
  world.clock.set(at("2026-11-20T23:00:00Z"));
  const MessageId short_lived = world.schedule("ann", "tonight only");
  world.sql.run("UPDATE message_queue SET expires_at = '2026-11-21T07:59:59Z'");
  world.pass();
  EXPECT_EQ(world.status(short_lived), "queued");
  world.clock.set(at("2026-11-21T08:00:00Z"));
  EXPECT_EQ(world.pass().expired, 1);
  EXPECT_EQ(world.status(short_lived), "expired");
  EXPECT_EQ(world.reason(short_lived), "expired");
  EXPECT_EQ(world.sent_to("ann"), Texts{});
}

TEST(Pass, CancelsAllMessagesOfAnOptedOutUser) {
  World world;
  world.add_user("ann");
  std::vector<MessageId> messages;
  for (int i = 0; i < 20; ++i) messages.push_back(world.schedule("ann", "offer"));
  world.sql.run("UPDATE users SET opted_out_at = now() WHERE id = 'ann'");
  EXPECT_EQ(world.pass().cancelled, 20);
  for (const auto& message : messages) {
    EXPECT_EQ(world.status(message), "cancelled");
    EXPECT_EQ(world.reason(message), "opted_out");
  }
  EXPECT_EQ(world.sent_to("ann"), Texts{});
}

TEST(Pass, DoesNotSendStructuredDataAsText) {
  World world;
  world.add_user("ann");
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for)
                   VALUES ('ann', 'a', '{"venue": "dock 4"}', '2026-11-20T12:00:00Z'),
                          ('ann', 'a', '{"content": "  "}', '2026-11-20T12:00:00Z'),
                          ('ann', 'a', '{"content": {"x": 1}}', '2026-11-20T12:00:00Z'),
                          ('ann', 'a', '{"content": "plain text"}', '2026-11-20T12:00:00Z'))");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"plain text"});
  EXPECT_EQ(world.sql.column("SELECT status_reason FROM message_queue WHERE status = 'failed'"),
            (Texts{"no_content", "no_content", "no_content"}));
}

// A clock that moves while a pass runs, as a real one does.
class RunningClock final : public Clock {
 public:
  explicit RunningClock(Instant start) : now_(start) {}
  Instant now() const override { return now_ += 1ms; }

 private:
  mutable Instant now_;
};

TEST(Pass, AMessageWithoutContentDoesNotBlockTheQueue) {
  World world;
  world.add_user("ann");
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for)
                   SELECT 'ann', 'a', '{}', '2026-11-20T11:00:00Z' FROM generate_series(1, 20))");
  world.schedule("ann", "plain text");
  const RunningClock clock(world.clock.now());
  const processor::PassSummary summary =
      processor::run_pass({world.passes, clock, world.ids, world.rules}, processor::PassKind::full, {});
  EXPECT_EQ(summary.failed, 20);
  EXPECT_EQ(world.sent_to("ann"), Texts{"plain text"});
}

TEST(Pass, WithoutACooldownOnePassSendsAll) {
  World world;
  world.rules.cooldown = 0s;
  world.add_user("ann");
  for (int i = 0; i < 4; ++i) world.schedule("ann", std::to_string(i));
  const RunningClock clock(world.clock.now());
  processor::run_pass({world.passes, clock, world.ids, world.rules}, processor::PassKind::full, {});
  EXPECT_EQ(world.sent_to("ann").size(), 4U);
}

TEST(Pass, PrefersARenderedMessage) {
  World world;
  world.add_user("ann");
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, final_message, scheduled_for)
                   VALUES ('ann', 'a', '{"content": "raw"}', 'rendered', '2026-11-20T12:00:00Z'))");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"rendered"});
}

TEST(Pass, FallsBackToTheDefaultZoneWhenTheUsersIsUnusable) {
  World world;
  world.rules.timezone = "Australia/Sydney";  // 23:00
  world.sql.run("INSERT INTO users (id, timezone) VALUES ('ann', 'Atlantis/Poseidonis'), ('bob', NULL)");
  world.schedule("ann", "hi");
  world.schedule("bob", "hi");
  EXPECT_EQ(world.pass().deferred, 2);
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T21:00:00.000000Z");
  EXPECT_EQ(world.next_attempt_at("bob"), "2026-11-20T21:00:00.000000Z");
}

TEST(Pass, DrainsMoreThanOneBatch) {
  World world;
  world.sql.run(
      "INSERT INTO users (id, timezone) SELECT 'u' || i, 'Europe/London' FROM generate_series(1, 2500) AS i");
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for)
                   SELECT id, 'a', '{"content": "hi"}', '2026-11-20T11:00:00Z' FROM users)");
  EXPECT_EQ(world.pass().promoted, 2500);
}

// A user whose decision the database rejects is postponed; the others are processed.
TEST(Pass, PostponesAUserThatCannotBeStored) {
  World world;
  for (int i = 0; i < 40; ++i) {
    world.add_user("user_" + std::to_string(i));
    world.schedule("user_" + std::to_string(i), "hello");
  }
  const MessageId poison = world.schedule("user_7", "never", Priority::high);
  const auto plan = [&](Instant now, const UserQueue& line, const UserFacts& facts,
                        const policy::Limits& limits) {
    Plan decided = policy::plan_user(now, line, facts, limits);
    if (decided.promote == poison) decided.promote = MessageId{"not a uuid"};
    return decided;
  };
  const auto summary = processor::run_pass(
      {.store = world.passes, .clock = world.clock, .ids = world.ids, .rules = world.rules, .plan = plan},
      processor::PassKind::full, {});
  EXPECT_EQ(summary.promoted, 39);
  EXPECT_EQ(world.next_attempt_at("user_7"), "2026-11-20T12:05:00.000000Z");
}

// Another pass or instance may change which user is the first in the meantime.
TEST(Pass, PostponesNoOtherUser) {
  World world;
  world.add_user("ann");
  world.add_user("bob");
  const MessageId poison = world.schedule("ann", "never");
  const auto plan = [&](Instant now, const UserQueue& line, const UserFacts& facts,
                        const policy::Limits& limits) {
    Plan decided = policy::plan_user(now, line, facts, limits);
    if (decided.promote != poison) return decided;
    world.sql.run(
        "UPDATE user_message_budget SET next_attempt_at = '2026-11-20T00:00:00Z' WHERE user_id = 'bob'");
    decided.promote = MessageId{"not a uuid"};
    return decided;
  };
  processor::run_pass(
      {.store = world.passes, .clock = world.clock, .ids = world.ids, .rules = world.rules, .plan = plan},
      processor::PassKind::full, {});
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T12:05:00.000000Z");
  EXPECT_NE(world.next_attempt_at("bob"), "2026-11-20T12:05:00.000000Z");
}

TEST(Pass, AcceptsCountersThatOnlySqlCanWrite) {
  World world;
  world.add_user("ann");
  world.add_user("bob");
  world.schedule("ann", "one");
  world.schedule("bob", "two");
  world.sql.run(
      "UPDATE user_message_budget SET date = 'infinity', messages_sent = 2147483647, "
      "recent_sends = '{NULL, infinity, -infinity}' WHERE user_id = 'ann'");
  world.pass();
  EXPECT_EQ(world.sent_to("bob"), Texts{"two"});
}

}  // namespace
}  // namespace orchestrator
