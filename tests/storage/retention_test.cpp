// Old rows are deleted in small batches that delay no other transaction.
#include "processor/retention.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using namespace std::chrono_literals;
using storage::RetentionStore;
using Kind = RetentionStore::Kind;
using Texts = std::vector<std::string>;

constexpr int kDays = 90;

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() { world.add_user("ann"); }

  // `count` messages of one past day, a second apart.
  void add(const std::string& status, int days_ago, int count = 1, const std::string& sent_at = "NULL") {
    world.sql.run(
        "INSERT INTO message_queue (id, user_id, agent_id, message_data, status, created_at, "
        "scheduled_for, sent_at) SELECT uuid_v7_floor(at), 'ann', '" +
        status + std::to_string(days_ago) + R"(', '{"content": "x"}', ')" + status + "', at, at, " + sent_at +
        " FROM " + instants(days_ago, count));
  }

  void add_log(int days_ago, int count = 1) {
    world.sql.run(
        "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, created_at) "
        "SELECT uuid_v7_floor(at), 'message_orchestrator', 'promoted', 'ann', at FROM " +
        instants(days_ago, count));
  }

  std::string instants(int days_ago, int count) {
    return "generate_series(0, " + std::to_string(count - 1) +
           ") AS i CROSS JOIN LATERAL (SELECT timestamptz '" +
           format_instant(now() - std::chrono::days{days_ago}) +
           "' + i * interval '1 second' + (SELECT count(*) FROM message_queue) * interval '1 ms' AS at) AS "
           "day";
  }

  Instant now() { return world.clock.now(); }

  Texts left() { return world.sql.column("SELECT agent_id FROM message_queue ORDER BY id"); }
  std::string count(const std::string& table) { return world.sql.value("SELECT count(*) FROM " + table); }

  // Ticks until the sweep is complete, at most `limit` times.
  processor::RetentionSummary clean_up(std::size_t max_batches = 100, int days = kDays) {
    processor::Retention retention(store, days);
    processor::RetentionSummary all;
    while (all.batches < max_batches) {
      const processor::RetentionSummary done = retention.tick(now());
      if (done.batches == 0) break;
      all.messages += done.messages;
      all.log_entries += done.log_entries;
      all.inbound += done.inbound;
      all.minute_counts += done.minute_counts;
      all.batches += done.batches;
    }
    return all;
  }

  // The statement of a batch over all old rows, to be run in a test's open transaction.
  static std::string batch_of(Kind kind, Instant before, std::size_t limit) {
    std::string statement = storage::delete_statement(kind);
    const auto put = [&](const std::string& parameter, const std::string& value) {
      for (auto place = statement.find(parameter); place != std::string::npos;
           place = statement.find(parameter)) {
        statement.replace(place, parameter.size(), value);
      }
    };
    put("$1", "0");
    put("$2", "'00000000-0000-0000-0000-000000000000'");
    put("$3", "'" + format_instant(before) + "'");
    put("$4", std::to_string(limit));
    return statement;
  }

  support::World world;
  RetentionStore store{world.database};
};

TEST_F(RetentionTest, DeletesOldFinishedMessagesOnly) {
  for (const std::string status :
       {"sent", "superseded", "cancelled", "expired", "failed", "queued", "approved"}) {
    add(status, 91);
    add(status, 89);
  }
  const processor::RetentionSummary done = clean_up();
  EXPECT_EQ(done.messages, 5u);
  EXPECT_EQ(left(), (Texts{"queued91", "approved91", "sent89", "superseded89", "cancelled89", "expired89",
                           "failed89", "queued89", "approved89"}));
}

TEST_F(RetentionTest, KeepsRecentlySentMessages) {
  add("sent", 200, 1, "timestamptz '" + format_instant(now() - std::chrono::days{5}) + "'");
  clean_up();
  EXPECT_EQ(left(), Texts{"sent200"});
}

TEST_F(RetentionTest, DeletesLogEntriesButNotMessages) {
  add_log(91, 3);
  add_log(89, 2);
  add("sent", 91);
  world.sql.run(
      "INSERT INTO messages (user_id, direction, role, content, queue_id, created_at) "
      "SELECT user_id, 'outbound', 'a', 'x', id, created_at FROM message_queue");
  const processor::RetentionSummary done = clean_up();
  EXPECT_EQ(done.log_entries, 3u);
  EXPECT_EQ(count("agent_actions_log WHERE action_type <> 'cleaned_up'"), "2");
  EXPECT_EQ(world.sql.value("SELECT output_data FROM agent_actions_log WHERE action_type = 'cleaned_up'"),
            R"({"count": 5})")
      << "three entries, a message, and its minute";
  EXPECT_EQ(world.sql.value("SELECT count(queue_id) FROM messages"), "1");
}

TEST_F(RetentionTest, DeletesMinutes) {
  world.sql.run(
      "INSERT INTO minute_counts (shard, minute, agent_id, lane, outcome, reason, slot, messages) "
      "SELECT shard, date_trunc('minute', at), 'a', 'low', 'sent', '', 1, 1 "
      "FROM unnest(shards()) AS shard, LATERAL (SELECT at FROM " +
      instants(91, 700) + " UNION ALL SELECT at FROM " + instants(89, 2) + ") AS day (at) GROUP BY 1, 2");
  const int shards = support::logical_shards().count();
  EXPECT_EQ(count("minute_counts"), std::to_string(shards * 13));
  EXPECT_EQ(clean_up().minute_counts, static_cast<std::size_t>(shards * 12));
  EXPECT_EQ(count("minute_counts"), std::to_string(shards));
}

TEST_F(RetentionTest, DeletesDoneReformulationsOnly) {
  world.sql.run(
      "INSERT INTO reformulation_requests (id, user_id, message_id, agent_id, message_data, said, done_at) "
      "SELECT uuid_v7_floor(coalesce(done_at, '2020-01-01')), 'ann', uuid_v7(0), 'a', '{}', '[]', done_at "
      "FROM (VALUES (NULL::timestamptz), ('" +
      format_instant(now() - std::chrono::days{91}) + "'), ('" +
      format_instant(now() - std::chrono::days{89}) + "')) AS taken_up (done_at)");
  clean_up();
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM reformulation_requests"), "2");
}

TEST_F(RetentionTest, DeletesFinishedInboundMessagesAfterAWeek) {
  const auto add_inbound = [&](const std::string& status, int days_ago) {
    const std::string then = "timestamptz '" + format_instant(now() - std::chrono::days{days_ago}) + "'";
    world.sql.run(
        "INSERT INTO inbound_queue (id, user_id, contact_id, message_id, status, received_at) "
        "SELECT uuid_v7_floor(" +
        then + "), 'ann', '" + status + std::to_string(days_ago) + "', uuid_v7(0), '" + status + "', " +
        then);
    world.sql.run(
        "INSERT INTO inbound_turns (id, user_id, contact_id, status, finished_at) SELECT uuid_v7_floor(" +
        then + "), 'ann', 'x', '" + (status == "waiting" ? "retrying" : status) + "', " +
        (status == "waiting" ? "NULL" : then));
  };
  add_inbound("done", 10);
  add_inbound("waiting", 9);
  add_inbound("failed", 7);
  add_inbound("done", 1);
  EXPECT_EQ(clean_up(100, 2).inbound, 1u + 2u);
  EXPECT_EQ(world.sql.column("SELECT contact_id FROM inbound_queue ORDER BY id"),
            (Texts{"waiting9", "failed7", "done1"}));
  EXPECT_EQ(world.sql.column("SELECT status FROM inbound_turns ORDER BY id"), (Texts{"retrying", "done"}));
}

TEST_F(RetentionTest, ZeroDaysDeletesNothing) {
  add("sent", 3000);
  EXPECT_EQ(clean_up(100, 0).batches, 0u);
  EXPECT_EQ(left(), Texts{"sent3000"});
}

TEST_F(RetentionTest, BatchesAreBoundedAndExamineEachRowOnce) {
  add("queued", 300, 25);
  add("sent", 200, 12);
  const Instant before = now() - std::chrono::days{kDays};
  std::vector<std::size_t> deleted;
  RetentionStore::Cursor cursor;
  do {
    const auto batch = store.delete_batch(Kind::finished_messages, before, 10, cursor);
    deleted.push_back(batch.deleted);
    cursor = batch.next;
  } while (cursor);
  EXPECT_EQ(deleted, (std::vector<std::size_t>{0, 0, 5, 7}));
  EXPECT_EQ(count("message_queue"), "25");
}

TEST_F(RetentionTest, ASweepEndsAfterItsBatches) {
  add("sent", 200, 2500);
  EXPECT_EQ(clean_up(2).messages, 2000u);
  EXPECT_EQ(clean_up().messages, 500u);
}

TEST_F(RetentionTest, ATickRunsOneBatchAndASweepOnceAnHour) {
  add("sent", 200, 1500);
  add_log(200, 10);
  processor::Retention retention(store, kDays);
  EXPECT_EQ(retention.tick(now()).messages, 1000u);
  EXPECT_EQ(retention.tick(now()).messages, 500u);
  EXPECT_EQ(retention.tick(now()).log_entries, 10u);
  EXPECT_EQ(retention.tick(now()).batches, 1u) << "inbound messages";
  EXPECT_EQ(retention.tick(now()).batches, 1u) << "their turns";
  EXPECT_EQ(retention.tick(now()).batches, 1u) << "requests to write better messages";
  EXPECT_EQ(retention.tick(now()).batches, 1u) << "contents of earlier messages";
  EXPECT_EQ(retention.tick(now()).batches, 1u) << "minutes";
  add("sent", 200, 5);
  EXPECT_EQ(retention.tick(now()).batches, 0u);
  EXPECT_EQ(retention.tick(now() + 59min).batches, 0u);
  EXPECT_EQ(retention.tick(now() + 60min).messages, 5u);
}

TEST_F(RetentionTest, ReadsARangeOfThePrimaryKey) {
  add("sent", 200, 3000);
  add("sent", 10, 20'000);
  add_log(200, 3000);
  add_log(10, 20'000);
  world.sql.run("VACUUM ANALYZE");
  for (const auto& [kind, table] : {std::pair{Kind::finished_messages, "message_queue"},
                                    std::pair{Kind::log_entries, "agent_actions_log"}}) {
    std::string plan;
    const std::string batch = batch_of(kind, now() - std::chrono::days{kDays}, 100);
    for (const std::string& line : world.sql.column("EXPLAIN " + batch)) plan += line + "\n";
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
    EXPECT_NE(plan.find(std::string(table) + "_pkey on " + table + "  "), std::string::npos) << plan;
  }
}

TEST_F(RetentionTest, APassDoesNotWaitForABatch) {
  add("sent", 200, 50);
  add("queued", 200);
  support::Sql other(world.url());
  pqxx::work open(other.connection());
  open.exec(batch_of(Kind::finished_messages, now() - std::chrono::days{kDays}, 1000));
  open.exec(batch_of(Kind::log_entries, now() - std::chrono::days{kDays}, 1000));
  world.schedule("ann", "new", Priority::urgent);
  EXPECT_EQ(world.pass().promoted, 1);
  EXPECT_EQ(world.sent_to("ann"), Texts{"new"});
  open.commit();
  EXPECT_EQ(count("message_queue"), "2");
}

TEST_F(RetentionTest, ABatchSkipsLockedRows) {
  add("sent", 201);
  add("sent", 200, 50);
  add("queued", 200, 3);
  support::Sql other(world.url());
  pqxx::work open(other.connection());
  open.exec("SELECT FROM user_message_budget FOR NO KEY UPDATE");
  open.exec("SELECT FROM message_queue WHERE status = 'queued' OR agent_id = 'sent201' FOR NO KEY UPDATE");
  EXPECT_EQ(clean_up().messages, 50u);
  open.commit();
  EXPECT_EQ(clean_up().messages, 1u) << "the next sweep deletes the row that was locked";
  EXPECT_EQ(count("message_queue"), "3");
}

}  // namespace
}  // namespace orchestrator::storage
