// Backups that docs/sql.md describes, by the commands that it shows: every row returns, and the copy works.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "embedded/installation.hpp"
#include "embedded/process.hpp"
#include "storage/migrations.hpp"
#include "support/database.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator::storage {
namespace {

using support::Sql;
using support::TestDatabase;
using Texts = std::vector<std::string>;

// The ```bash blocks of the section "Backup".
Texts documented_commands() {
  std::ifstream document(SOURCE_DIR "/docs/sql.md");
  Texts blocks;
  bool is_backup = false;
  bool is_block = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## ")) is_backup = line == "## Backup";
    if (!is_backup) continue;
    if (line == "```bash") {
      blocks.emplace_back();
      is_block = true;
    } else if (line == "```") {
      is_block = false;
    } else if (is_block) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

// Rows in every table, with texts that COPY must escape.
constexpr const char* kRows = R"sql(
INSERT INTO users (id, phone_number, timezone, quiet_hours_start, quiet_hours_enabled, response_pattern)
SELECT 'user_' || i, '+1555' || 1000000 + i, 'Europe/London', '22:00', i % 2 = 0, '{"best_hours": [9, 18]}'
FROM generate_series(1, 200) AS i;
INSERT INTO users (id, opted_out_at) VALUES (E'back\\slash\\x41', NULL), (E'new\nline\ttab', now()), (U&'\+01F600', NULL);
UPDATE users SET opted_out_at = now() WHERE id IN ('user_3', 'user_33');
INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for, idempotency_key, request_hash)
SELECT id, 'agent_1', jsonb_build_object('content', E'a \\ "quoted"\n line for ' || id), 'high', now() + interval '1 hour',
       'key', gen_random_uuid()
FROM users;
UPDATE user_message_budget SET recent_contents = ARRAY[(gen_random_uuid(), gen_random_uuid(), now())::recent_content];
INSERT INTO earlier_contents (shard, id, user_id, content_hash, created_at)
SELECT shard, gen_random_uuid(), id, gen_random_uuid(), now() FROM users;
INSERT INTO message_queue (user_id, agent_id, message_data, supersede_key)
SELECT id, 'agent_1', '{"content": "replaced"}', 'offer' FROM users, generate_series(1, 2);
INSERT INTO message_queue (user_id, agent_id, message_data, sequence_id, sequence_position, sequence_total)
SELECT 'user_' || i, 'agent_1', '{"content": "part"}', 's', part, 3
FROM generate_series(1, 9) AS i, generate_series(1, 2 + i % 2) AS part;
INSERT INTO message_queue (id, user_id, agent_id, message_data)
VALUES (gen_random_uuid(), 'user_1', 'agent_2', '{"content": "its id carries no shard"}');
INSERT INTO messages (user_id, direction, role, content, status)
SELECT id, 'inbound', 'user', E'\\N', 'received' FROM users;
INSERT INTO messages (user_id, direction, role, content, status, queue_id, sent_at, provider_message_id)
SELECT user_id, 'outbound', 'agent', message_data ->> 'content', 'sent', id, now(), 'SM' || id FROM message_queue
WHERE status = 'queued' AND ready;
UPDATE message_queue SET status = 'sent', sent_at = now() WHERE id IN (SELECT queue_id FROM messages WHERE queue_id IS NOT NULL);
INSERT INTO message_queue (user_id, agent_id, message_data, ready)
SELECT 'user_' || i, 'agent_1', '{"what": "with the LLM"}', false FROM generate_series(1, 5) AS i;
INSERT INTO llm_work (shard, message_id, user_id, priority, question, due_at, token, attempts)
SELECT shard, id, user_id, priority, 'rendering', now(), gen_random_uuid(), 2 FROM message_queue
WHERE message_data ? 'what';
INSERT INTO llm_work (message_id, user_id, priority, context_as_of, context_checks)
SELECT id, user_id, priority, now(), 1 FROM message_queue WHERE status = 'queued' AND ready LIMIT 1;
UPDATE user_message_budget SET messages_sent = 3, date = current_date, recent_sends = ARRAY[now(), now()],
       next_attempt_at = '-infinity', blocked_until = now(), blocked_by = 'cooldown' WHERE user_id LIKE '%7';
INSERT INTO user_addresses (address, user_id) SELECT 'wa ' || id, id FROM users;
INSERT INTO inbound_contacts (user_id, contact_id, next_turn_at) SELECT id, 'contact ' || id, now() FROM users;
INSERT INTO inbound_queue (user_id, contact_id, message_id, status, position, metadata)
SELECT user_id, 'contact ' || user_id, id, 'waiting', 1, '{"a": [null]}' FROM messages WHERE direction = 'inbound';
INSERT INTO inbound_turns (user_id, contact_id, status, error) SELECT id, id, 'failed', E'\\.' FROM users;
INSERT INTO reformulation_requests (user_id, message_id, agent_id, message_data, said)
SELECT user_id, id, agent_id, message_data, '[]' FROM message_queue LIMIT 9;
UPDATE inbound_counters SET received = 5 + shard, since = '2026-01-01';
INSERT INTO orchestrator_settings VALUES ('a setting', 'its value'))sql";

// The number of rows of each table and the hash of all, without the history of migrations.
std::map<std::string, std::string> contents_of(Sql& sql) {
  std::map<std::string, std::string> contents;
  for (const std::string& table :
       sql.column("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                  "'orchestrator'::regnamespace AND relname <> 'schema_migrations'")) {
    contents[table] =
        sql.value("SELECT count(*) || ' rows, ' || md5(string_agg(t::text, ',' ORDER BY t::text)) FROM " +
                  table + " AS t");
  }
  return contents;
}

class Restore : public ::testing::Test {
 protected:
  void SetUp() override {
    // A pg_dump refuses later servers than its own.
    const int server = std::stoi(from.value("SHOW server_version_num")) / 10000;
    if (server != embedded::find_installation(std::nullopt).major_version)
      GTEST_SKIP() << "pg_dump has another version";
    from.run(kRows);
    for (const auto& [table, rows] : contents_of(from)) EXPECT_FALSE(rows.empty()) << table << " is empty";
  }

  embedded::CommandResult run(const std::string& script) {
    const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    return embedded::run(
        {.arguments = {"/bin/bash", "-e", "-o", "pipefail", "-c", script},
         .environment = {"LC_ALL=C.UTF-8", "PSQLRC=/dev/null", "FROM=" + from_database.url(),
                         "TO=" + to_database.url(),
                         "PATH=" + programs.string() + ":" +
                             embedded::find_installation(std::nullopt).bin.string() + ":/usr/bin:/bin"},
         .working_directory = directory.path()},
        std::chrono::seconds{120});
  }

  void expect_a_working_copy() {
    Sql to(to_database.url());
    EXPECT_EQ(contents_of(to), contents_of(from));
    const Schema schema = migrate(Secret(to_database.url()), support::logical_shards().count());
    EXPECT_EQ(schema.applied, Texts{});
    EXPECT_EQ(schema.shards.count(), support::logical_shards().count());

    to.run("INSERT INTO users (id) VALUES ('newcomer')");
    to.run(
        "UPDATE user_message_budget SET blocked_until = now() + interval '1 hour', blocked_by = 'cooldown' "
        "WHERE user_id = 'newcomer'");
    to.run(
        "INSERT INTO message_queue (user_id, agent_id, message_data) VALUES ('newcomer', 'a', '{\"content\": "
        "\"x\"}')");
    EXPECT_EQ(to.value("SELECT shard = shard_of(user_id) AND shard = shard_in(id) FROM message_queue "
                       "WHERE user_id = 'newcomer'"),
              "t");
    EXPECT_EQ(
        to.value(
            "SELECT next_attempt_at = blocked_until FROM user_message_budget WHERE user_id = 'newcomer'"),
        "t");
    to.run(
        "INSERT INTO messages (user_id, direction, role, content) VALUES ('newcomer', 'inbound', 'user', "
        "'hello')");
    EXPECT_EQ(
        to.value(
            "SELECT blocked_until IS NULL AND express FROM user_message_budget WHERE user_id = 'newcomer'"),
        "t");
    EXPECT_EQ(to.value("SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                       "WHERE relnamespace = 'orchestrator'::regnamespace AND tgenabled <> 'O'"),
              "0");
  }

  TestDatabase from_database;
  TestDatabase to_database{TestDatabase::Content::nothing};
  support::TemporaryDirectory directory;
  Sql from{from_database.url()};
  Texts commands = documented_commands();
};

TEST_F(Restore, OfTheSchemaIntoAnEmptyDatabase) {
  ASSERT_EQ(commands.size(), 2U);
  const auto done = run(commands[0]);
  ASSERT_EQ(done.status, 0) << done.output;
  expect_a_working_copy();
}

TEST_F(Restore, OfTheRowsAfterMigrate) {
  ASSERT_EQ(commands.size(), 2U);
  const auto done = run(commands[1]);
  ASSERT_EQ(done.status, 0) << done.output;
  expect_a_working_copy();
}

// Rows of another number of logical shards would not be found.
TEST_F(Restore, OfTheRowsIsRefusedByADatabaseOfAnotherNumberOfLogicalShards) {
  ASSERT_EQ(commands.size(), 2U);
  migrate(Secret(to_database.url()), support::logical_shards().count() == 1 ? 2 : 1);
  Sql to(to_database.url());
  const auto before = contents_of(to);
  const auto refused = run(commands[1]);
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.output.find("LOGICAL_SHARDS is "), std::string::npos) << refused.output;
  EXPECT_EQ(contents_of(to), before);
}

}  // namespace
}  // namespace orchestrator::storage
