// Rows that others write, or hold, by SQL: they work like our own, and nothing strands.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::World;
using Texts = std::vector<std::string>;

// SQL defaults take the database's time, so these worlds live now; and nobody sleeps.
class SqlWriters : public ::testing::Test {
 protected:
  SqlWriters() {
    world.rules.quiet_hours.enabled = false;
    world.clock.set(world.database.measure_time().database_now + 1s);
    world.add_user("ann");
  }
  World world;
};

TEST_F(SqlWriters, ThreeColumnsAreEnough) {
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data)
                   VALUES ('ann', 'billing_agent', '{"content": "by hand"}'))");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"by hand"});
}

TEST_F(SqlWriters, OneStatementKeepsItsOrder) {
  world.rules.cooldown = 0s;
  world.rules.hourly_limit = world.rules.daily_limit = 0;
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data)
                   SELECT 'ann', 'a', jsonb_build_object('content', i::text) FROM generate_series(1, 300) AS i)");
  EXPECT_EQ(world.pass().promoted, 300);
  EXPECT_EQ(world.sql.value("SELECT bool_and(content::int = row) FROM "
                            "(SELECT content, row_number() OVER (ORDER BY id) AS row FROM messages) AS sent"),
            "t");
}

TEST_F(SqlWriters, AnEditedScheduleCounts) {
  world.schedule("ann", "next week", Priority::medium, world.clock.now() + 168h);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE message_queue SET scheduled_for = now()");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"next week"});
}

TEST_F(SqlWriters, ARequeuedMessageGoes) {
  const MessageId message = world.schedule("ann", "again");
  world.sql.run("UPDATE message_queue SET status = 'cancelled'");
  world.pass();
  EXPECT_EQ(world.status(message), "cancelled");
  world.sql.run("UPDATE message_queue SET status = 'queued'");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"again"});
}

TEST_F(SqlWriters, ScheduleMessageIsPartOfTheCallersTransaction) {
  {
    pqxx::work transaction(world.sql.connection());
    transaction.exec(R"(SELECT schedule_message('ann', 'a', '{"content": "undone"}'))");
    transaction.abort();
  }
  {
    pqxx::work transaction(world.sql.connection());
    transaction.exec(R"(SELECT schedule_message('ann', 'a', '{"content": "done"}', priority => 'urgent'))");
    transaction.commit();
  }
  world.pass(processor::PassKind::express);
  EXPECT_EQ(world.sent_to("ann"), Texts{"done"});
}

TEST_F(SqlWriters, ScheduleMessageRefusesWhatCannotBeSent) {
  EXPECT_THROW(world.sql.run(R"(SELECT schedule_message('nobody', 'a', '{"content": "x"}'))"),
               pqxx::sql_error);
  EXPECT_THROW(world.sql.run(R"(SELECT schedule_message('ann', 'a', '{"text": "x"}'))"), pqxx::sql_error);
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue"), "0");
}

TEST_F(SqlWriters, SettingsChangedBySqlOpenTheGate) {
  world.rules.quiet_hours.enabled = true;
  world.clock.set(at("2026-11-20T23:00:00Z"));
  world.schedule("ann", "hello");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE users SET timezone = 'America/New_York' WHERE id = 'ann'");  // 18:00
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"hello"});
}

TEST_F(SqlWriters, APostToAClosedGateCostsNoLook) {
  world.rules.quiet_hours.enabled = true;
  world.clock.set(at("2026-11-20T23:00:00Z"));
  world.schedule("ann", "one");
  EXPECT_EQ(world.pass().deferred, 1);
  for (int i = 0; i < 10; ++i) world.schedule("ann", "more", Priority::urgent);
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-21T08:00:00.000000Z");
  EXPECT_EQ(world.pass().deferred, 0);
}

TEST_F(SqlWriters, ARowHeldByAnotherSessionIsPassedOverAndNotStranded) {
  const MessageId held = world.schedule("ann", "held");
  {
    pqxx::work editor(world.sql.connection());
    editor.exec("SELECT FROM message_queue WHERE id = '" + held.value + "' FOR UPDATE");
    EXPECT_EQ(processor::run_pass({world.passes, world.clock, world.ids, world.rules},
                                  processor::PassKind::full, {})
                  .promoted,
              0);
    editor.abort();
  }
  world.clock.advance(1s);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"held"});
}

TEST_F(SqlWriters, AUserHeldByAnotherSessionIsReportedAsLeft) {
  world.schedule("ann", "held");
  {
    pqxx::work editor(world.sql.connection());
    editor.exec("SELECT FROM user_message_budget FOR UPDATE");
    EXPECT_TRUE(processor::run_pass({world.passes, world.clock, world.ids, world.rules},
                                    processor::PassKind::full, {})
                    .left_some);
    editor.abort();
  }
  EXPECT_FALSE(world.pass().left_some);
  EXPECT_EQ(world.sent_to("ann"), Texts{"held"});
}

// The alarm must be set even though the pass that holds the user overwrites it: a post that only compared
// the alarm, without locking the row, would be lost here.
TEST_F(SqlWriters, AMessageThatArrivesDuringAPassIsNotLost) {
  world.schedule("ann", "first");
  std::thread poster;
  world.passes.process_batch(
      storage::PassStore::Lane::any, world.clock.now(), world.clock, 10, [&](ClaimedUser& user, Instant) {
        poster = std::thread([&] {
          support::Sql other(world.url());
          other.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data)
                       VALUES ('ann', 'a', '{"content": "second"}'))");
        });
        // Until it waits for the user's row.
        while (world.sql.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                               "AND wait_event_type = 'Lock'") != "1") {
        }
        UserUpdate nothing_waits;
        nothing_waits.promotions = {{user.queue.messages.front().id, world.ids.next(world.clock.now())}};
        return nothing_waits;
      });
  poster.join();
  EXPECT_NE(world.next_attempt_at("ann"), "");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"first", "second"}));
}

TEST_F(SqlWriters, NewRulesReopenTheGates) {
  world.rules.quiet_hours.enabled = true;
  world.clock.set(at("2026-11-20T23:00:00Z"));
  EXPECT_FALSE(world.passes.adopt_rules("night"));  // the first ever
  world.schedule("ann", "hello");
  world.pass();
  EXPECT_FALSE(world.passes.adopt_rules("night"));
  world.rules.quiet_hours.enabled = false;
  EXPECT_TRUE(world.passes.adopt_rules("no night"));
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"hello"});
}

// One person's editor must not stop everybody's pass.
TEST_F(SqlWriters, AHeldMessageOfSomebodyWhoOptedOutIsCancelledLater) {
  const MessageId held = world.schedule("ann", "held");
  const MessageId free = world.schedule("ann", "free");
  world.sql.run("UPDATE users SET opted_out_at = now()");
  {
    pqxx::work editor(world.sql.connection());
    editor.exec("UPDATE message_queue SET agent_id = 'b' WHERE id = '" + held.value + "'");
    EXPECT_EQ(processor::run_pass({world.passes, world.clock, world.ids, world.rules},
                                  processor::PassKind::full, {})
                  .cancelled,
              1);
    editor.abort();
  }
  EXPECT_EQ(world.status(free), "cancelled");
  world.clock.advance(1s);
  EXPECT_EQ(world.pass().cancelled, 1);
  EXPECT_EQ(world.status(held), "cancelled");
}

TEST_F(SqlWriters, SoIsOneThatStandsTooFarBackToBeRead) {
  std::vector<MessageId> line;
  for (int i = 0; i < 20; ++i) line.push_back(world.schedule("ann", std::to_string(i)));
  world.sql.run("UPDATE users SET opted_out_at = now()");
  {
    pqxx::work editor(world.sql.connection());
    editor.exec("SELECT FROM message_queue WHERE id = '" + line[15].value + "' FOR UPDATE");
    EXPECT_EQ(processor::run_pass({world.passes, world.clock, world.ids, world.rules},
                                  processor::PassKind::full, {})
                  .cancelled,
              19);
  }
  world.clock.advance(1s);
  EXPECT_EQ(world.pass().cancelled, 1);
  EXPECT_EQ(world.next_attempt_at("ann"), "");
}

TEST_F(SqlWriters, ASequenceThatIsMadeShorterGoes) {
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, sequence_id, sequence_position,
                                              sequence_total)
                   SELECT 'ann', 'a', jsonb_build_object('content', i::text), 's', i, 3
                   FROM generate_series(1, 2) AS i)");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE message_queue SET sequence_total = 2");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"1", "2"}));
}

TEST_F(SqlWriters, APartThatIsTakenOutOfItsSequenceGoesByItself) {
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, sequence_id, sequence_position,
                                              sequence_total)
                   SELECT 'ann', 'a', jsonb_build_object('content', i::text), 's', i, 3
                   FROM generate_series(1, 2) AS i)");
  world.sql.run(R"(UPDATE message_queue
                   SET sequence_id = NULL, sequence_position = NULL, sequence_total = NULL
                   WHERE sequence_position = 2)");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"2"});
}

TEST_F(SqlWriters, ASentMessageIsNotSentAgain) {
  const MessageId sent = world.schedule("ann", "once");
  world.pass();
  EXPECT_THROW(world.sql.run("UPDATE message_queue SET status = 'queued'"), pqxx::sql_error);
  EXPECT_EQ(world.status(sent), "sent");
}

TEST_F(SqlWriters, AMessageThatCrossedAlreadyStopsNobody) {
  const MessageId twice = world.schedule("ann", "twice");
  world.sql.run(
      "INSERT INTO messages (user_id, role, content, direction, queue_id) "
      "VALUES ('ann', 'a', 'by hand', 'outbound', '" +
      twice.value + "')");
  world.add_user("bob");
  world.schedule("bob", "hello");
  world.pass();
  EXPECT_EQ(world.sent_to("bob"), Texts{"hello"});
  EXPECT_EQ(world.sent_to("ann"), Texts{"by hand"});
}

TEST_F(SqlWriters, AHeldRowIsNotStrandedByOneOfNextWeek) {
  const MessageId held = world.schedule("ann", "held");
  world.schedule("ann", "next week", Priority::medium, world.clock.now() + 168h);
  {
    pqxx::work editor(world.sql.connection());
    editor.exec("SELECT FROM message_queue WHERE id = '" + held.value + "' FOR UPDATE");
    EXPECT_EQ(processor::run_pass({world.passes, world.clock, world.ids, world.rules},
                                  processor::PassKind::full, {})
                  .promoted,
              0);
    editor.abort();
  }
  world.clock.advance(1s);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"held"});
}

}  // namespace
}  // namespace orchestrator
