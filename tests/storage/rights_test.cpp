// The grants of docs/sql.md and docs/dashboards.md suffice, and no right comes without them.
#include <gtest/gtest.h>

#include <string>

#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

using support::Sql;
using support::TestCluster;
using support::TestDatabase;

class Rights : public testing::Test {
 protected:
  // A new role that may do what `grants` say. "$role" stands for its name.
  Sql session_with(std::string grants) {
    const std::string role = "role_" + owner.value("SELECT current_database()");
    TestCluster::instance().create_role(role);
    for (std::size_t at = 0; (at = grants.find("$role", at)) != std::string::npos;)
      grants.replace(at, 5, role);
    owner.run(grants);
    return Sql(database.url() + " user=" + role);
  }

  TestDatabase database;
  Sql owner{database.url()};
};

TEST_F(Rights, AWriterNeedsTheFunctionOnly) {
  owner.run("INSERT INTO users (id) VALUES ('ann')");
  Sql writer = session_with(
      "GRANT USAGE ON SCHEMA orchestrator TO $role;"
      "GRANT EXECUTE ON FUNCTION orchestrator.schedule_message TO $role");
  const std::string id =
      writer.value("SELECT orchestrator.schedule_message('ann', 'agent', '{\"content\": \"Hello\"}')");
  EXPECT_EQ(owner.value("SELECT status FROM message_queue WHERE id = '" + id + "'"), "queued");
  EXPECT_NE(owner.value("SELECT next_attempt_at FROM user_message_budget WHERE user_id = 'ann'"), "");
  EXPECT_THROW(writer.run("SELECT FROM orchestrator.message_queue"), pqxx::insufficient_privilege);
  EXPECT_THROW(writer.run("SELECT orchestrator.arm_users('{ann}', '{now}', '{t}')"),
               pqxx::insufficient_privilege);
}

TEST_F(Rights, AnImporterInsertsRows) {
  Sql importer = session_with(
      "GRANT USAGE ON SCHEMA orchestrator TO $role;"
      "GRANT INSERT ON orchestrator.users, orchestrator.message_queue, orchestrator.messages TO $role");
  importer.run("INSERT INTO orchestrator.users (id, phone_number) VALUES ('ann', '+15550100001')");
  EXPECT_EQ(owner.value("SELECT user_id FROM user_addresses WHERE address = '+15550100001'"), "ann");
  importer.run(
      "INSERT INTO orchestrator.message_queue (user_id, agent_id, message_data, supersede_key) "
      "SELECT 'ann', 'agent', '{\"content\": \"Hello\"}', 'key' FROM generate_series(1, 2)");
  importer.run(
      "INSERT INTO orchestrator.messages (user_id, role, content, direction, status) "
      "VALUES ('ann', 'user', 'Hi', 'inbound', 'received')");
  EXPECT_EQ(owner.value("SELECT string_agg(status::text, ' ' ORDER BY id) FROM message_queue"),
            "superseded queued");
  EXPECT_EQ(owner.value("SELECT next_attempt_at FROM user_message_budget"), "-infinity");
  EXPECT_NE(owner.value("SELECT last_inbound_at FROM user_message_budget"), "");
  EXPECT_THROW(importer.run("UPDATE orchestrator.message_queue SET status = 'cancelled'"),
               pqxx::insufficient_privilege);
}

TEST_F(Rights, ADashboardReadsEveryViewAndNoTable) {
  Sql dashboard = session_with(
      "GRANT USAGE ON SCHEMA orchestrator TO $role;"
      "GRANT SELECT ON queue_depth, wait_time_by_lane, promotions_per_minute, deferrals_per_minute, "
      "blocked_users, "
      "blocked_by_reason, budget_use, agent_volume, todays_superseded, todays_duplicates, "
      "incomplete_sequences, "
      "awaiting_render, llm_use_per_day, inbound_lines, inbound_turns_hourly, stuck_messages TO $role;"
      "GRANT EXECUTE ON FUNCTION uuid_v7_floor, local_date, shards, logical_shards TO $role");
  const auto views = owner.column(
      "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'orchestrator'::regnamespace");
  EXPECT_FALSE(views.empty());
  for (const std::string& view : views)
    EXPECT_NO_THROW(dashboard.run("SELECT * FROM orchestrator." + view)) << view;
  EXPECT_THROW(dashboard.run("SELECT FROM orchestrator.messages"), pqxx::insufficient_privilege);
}

TEST_F(Rights, NoFunctionIsForEverybody) {
  EXPECT_EQ(
      owner.value(
          "SELECT string_agg(proname, ' ') FROM pg_proc WHERE pronamespace = 'orchestrator'::regnamespace "
          "AND has_function_privilege('public', oid, 'EXECUTE')"),
      "");
}

// A session's search path must not decide which table a trigger writes.
TEST_F(Rights, TriggersIgnoreTablesOfTheSession) {
  owner.run("INSERT INTO users (id) VALUES ('ann')");
  Sql session(database.url());
  session.run(
      "CREATE TEMP TABLE user_message_budget (user_id text PRIMARY KEY, next_attempt_at timestamptz)");
  session.run(
      "INSERT INTO orchestrator.message_queue (user_id, agent_id, message_data) VALUES ('ann', 'agent', "
      "'{}')");
  EXPECT_NE(owner.value("SELECT next_attempt_at FROM user_message_budget"), "");
  EXPECT_EQ(session.value("SELECT count(*) FROM pg_temp.user_message_budget"), "0");
}

}  // namespace
}  // namespace orchestrator::storage
