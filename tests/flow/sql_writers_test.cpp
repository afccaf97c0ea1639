// Rows that other programs write or lock by SQL are handled like posted ones, and none is stranded.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::World;
using Texts = std::vector<std::string>;

// SQL defaults use the database's time, so these tests use the current time, without quiet hours.
class SqlWriters : public ::testing::Test {
 protected:
  SqlWriters() {
    world.rules.quiet_hours.enabled = false;
    world.clock.set(world.database.measure_time().database_now + 1s);
    world.add_user("ann");
  }
  World world;
};

TEST_F(SqlWriters, ThreeColumnsSuffice) {
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

TEST_F(SqlWriters, AnEditedScheduleTakesEffect) {
  world.schedule("ann", "next week", Priority::medium, world.clock.now() + 168h);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE message_queue SET scheduled_for = now()");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"next week"});
}

TEST_F(SqlWriters, ARequeuedMessageIsPromoted) {
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

TEST_F(SqlWriters, ScheduleMessageRefusesUnsendableMessages) {
  EXPECT_THROW(world.sql.run(R"(SELECT schedule_message('unknown', 'a', '{"content": "x"}'))"),
               pqxx::sql_error);
  EXPECT_THROW(world.sql.run(R"(SELECT schedule_message('ann', 'a', '{"text": "x"}'))"), pqxx::sql_error);
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue"), "0");
}

// Triggers stand for a foreign key and a constraint, which each message would pay for.
TEST_F(SqlWriters, MessagesOfUnknownUsersAndImpossibleSequencesAreRefused) {
  const auto refusal = [&](const std::string& statement) -> std::string {
    try {
      world.sql.run(statement);
    } catch (const pqxx::sql_error& failure) {
      return failure.sqlstate();
    }
    return "none";
  };
  const std::string insert =
      "INSERT INTO message_queue (user_id, agent_id, message_data, status, sequence_id, "
      "sequence_position, sequence_total) VALUES ";
  EXPECT_EQ(refusal(insert + "('bob', 'a', '{}', 'queued', NULL, NULL, NULL)"), "23503");
  EXPECT_EQ(refusal(insert + "('bob', 'a', '{}', 'sent', NULL, NULL, NULL)"), "23503");
  EXPECT_EQ(refusal(insert + "('ann', 'a', '{}', 'queued', 's', 3, 2)"), "23514");
  EXPECT_EQ(refusal(insert + "('ann', 'a', '{}', 'queued', 's', NULL, 2)"), "23514");
  EXPECT_EQ(refusal(insert + "('ann', 'a', '{}', 'queued', 's', 1, 2)"), "none");
  EXPECT_EQ(refusal("UPDATE message_queue SET sequence_position = 0"), "23514");
  EXPECT_EQ(refusal("UPDATE message_queue SET user_id = 'bob'"), "23503");
  EXPECT_EQ(refusal("DELETE FROM users WHERE id = 'ann'"), "23503");
  EXPECT_EQ(refusal("DELETE FROM message_queue"), "none");
  EXPECT_EQ(refusal("DELETE FROM users WHERE id = 'ann'"), "none");
}

TEST_F(SqlWriters, SettingsChangedBySqlResetBlockedUntil) {
  world.rules.quiet_hours.enabled = true;
  world.clock.set(at("2026-11-20T23:00:00Z"));
  world.schedule("ann", "hello");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE users SET timezone = 'America/New_York' WHERE id = 'ann'");  // 18:00
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"hello"});
}

TEST_F(SqlWriters, APostForABlockedUserCausesNoEvaluation) {
  world.rules.quiet_hours.enabled = true;
  world.clock.set(at("2026-11-20T23:00:00Z"));
  world.schedule("ann", "one");
  EXPECT_EQ(world.pass().deferred, 1);
  for (int i = 0; i < 10; ++i) world.schedule("ann", "more", Priority::urgent);
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-21T08:00:00.000000Z");
  EXPECT_EQ(world.pass().deferred, 0);
}

TEST_F(SqlWriters, ALockedRowIsSkippedAndNotStranded) {
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

TEST_F(SqlWriters, ALockedUserIsReportedAsLeft) {
  world.schedule("ann", "held");
  {
    pqxx::work editor(world.sql.connection());
    editor.exec("SELECT FROM user_message_budget FOR UPDATE");
    EXPECT_TRUE(processor::run_pass({world.passes, world.clock, world.ids, world.rules},
                                    processor::PassKind::full, {})
                    .left_locked);
    editor.abort();
  }
  EXPECT_FALSE(world.pass().left_locked);
  EXPECT_EQ(world.sent_to("ann"), Texts{"held"});
}

// next_attempt_at must be set although the pass that holds the row overwrites it: a trigger that only
// compared the value, without locking the row, would lose the message.
TEST_F(SqlWriters, AMessageThatArrivesDuringAPassIsNotLost) {
  world.schedule("ann", "first");
  std::thread poster;
  world.passes.process_batch(
      {.due_by = world.clock.now(), .limit = 10}, world.clock, [&](ClaimedUser& user, Instant) {
        poster = std::thread([&] {
          support::Sql other(world.url());
          other.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data)
                       VALUES ('ann', 'a', '{"content": "second"}'))");
        });
        // Until it waits for the budget row.
        while (world.sql.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                               "AND wait_event_type = 'Lock'") != "1") {
        }
        UserUpdate nothing_waits;
        nothing_waits.promotions = {
            {user.queue.messages.front().id, world.ids.next(world.clock.now(), user.id)}};
        return nothing_waits;
      });
  poster.join();
  EXPECT_NE(world.next_attempt_at("ann"), "");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"first", "second"}));
}

TEST_F(SqlWriters, ChangedRulesResetBlockedUntil) {
  world.rules.quiet_hours.enabled = true;
  world.clock.set(at("2026-11-20T23:00:00Z"));
  EXPECT_FALSE(world.passes.adopt_rules("night"));  // the first rules ever
  world.schedule("ann", "hello");
  world.pass();
  EXPECT_FALSE(world.passes.adopt_rules("night"));
  world.rules.quiet_hours.enabled = false;
  EXPECT_TRUE(world.passes.adopt_rules("no night"));
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"hello"});
}

// A row locked for one person must not stop the pass for other people.
TEST_F(SqlWriters, ALockedMessageOfAnOptedOutUserIsCancelledLater) {
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

TEST_F(SqlWriters, ALockedMessageBeyondTheReadLimitIsCancelledLater) {
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

TEST_F(SqlWriters, AShortenedSequenceIsPromoted) {
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

TEST_F(SqlWriters, APartRemovedFromItsSequenceIsPromotedByItself) {
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

// The status of its row is what keeps a message from being promoted.
TEST_F(SqlWriters, AMessageThatSqlPromotesIsNotSentAgain) {
  world.schedule("ann", "twice");
  world.sql.run(R"(
      WITH sent AS (UPDATE message_queue SET status = 'sent', sent_at = now() RETURNING id, user_id)
      INSERT INTO messages (user_id, role, content, direction, queue_id)
      SELECT user_id, 'a', 'by hand', 'outbound', id FROM sent)");
  world.add_user("bob");
  world.schedule("bob", "hello");
  world.pass();
  EXPECT_EQ(world.sent_to("bob"), Texts{"hello"});
  EXPECT_EQ(world.sent_to("ann"), Texts{"by hand"});
}

TEST_F(SqlWriters, ALockedRowIsNotStrandedByALaterOne) {
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
