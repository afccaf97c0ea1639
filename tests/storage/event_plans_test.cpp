// A poll of the event feed reads about the rows that it returns, of every logical shard.
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "storage/event_store.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

// 24,000 rows of three tables within the last seconds: a burst.
constexpr const char* kBurst = R"sql(
INSERT INTO users (id) SELECT 'user_' || i FROM generate_series(1, 1000) AS i;
ALTER TABLE message_queue DISABLE TRIGGER USER;
INSERT INTO message_queue (shard, id, user_id, agent_id, message_data)
SELECT shard_of(user_id), uuid_v7(shard_of(user_id)), user_id, 'agent_1', '{"content": "Hi."}'
FROM (SELECT 'user_' || i % 1000 + 1 AS user_id FROM generate_series(1, 8000) AS i) AS new;
INSERT INTO messages (shard, id, user_id, direction, role, content, queue_id)
SELECT shard, uuid_v7(shard), user_id, 'outbound', 'a', 'Hi.', id FROM message_queue;
INSERT INTO agent_actions_log (shard, id, agent_type, action_type, user_id)
SELECT shard, uuid_v7(shard), 'message_orchestrator', 'deferred', user_id FROM message_queue;
ANALYZE)sql";

std::string array_of(const std::string& value, int count) {
  ArrayLiteral array;
  for (int i = 0; i < count; ++i) array.text(value);
  return array.take();
}

std::string shard_numbers(int count) {
  ArrayLiteral shards;
  for (int i = 0; i < count; ++i) shards.number(i);
  return shards.take();
}

TEST(EventPlans, APollReadsAPageFromTheEndsOfTheIndexes) {
  support::World world;
  world.sql.run(kBurst);
  const int shards = support::logical_shards().count();
  constexpr int kOfEach = 16;
  const std::string all = shard_numbers(shards);
  const std::string past = array_of(kMaxUuid, shards);
  for (const std::string cost : {"1.1", "4"}) {  // of the embedded server, and by default
    pqxx::work transaction(world.sql.connection());
    transaction.exec(kFeedTxSettings);
    transaction.exec("SET LOCAL random_page_cost = " + cost);
    std::string plan;
    for (const auto& line : transaction.exec_params(
             "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql::find_event_rows, "2000-01-01T00:00:00Z",
             "2100-01-01T00:00:00Z", kNilUuid, kNilUuid, all, past, all, past, all, past, kOfEach)) {
      plan += line[0].as<std::string>() + "\n";
    }
    // "->  Index Only Scan Backward using messages_pkey on messages (actual rows=16 loops=32)"
    const std::regex scan(
        "Index (Only )?Scan Backward using (\\w+)_pkey [^\\n]*actual rows=([0-9.]+) loops=(\\d+)");
    std::size_t scans = 0;
    for (std::sregex_iterator found(plan.begin(), plan.end(), scan), end; found != end; ++found, ++scans) {
      EXPECT_LE(std::stod((*found)[3]), kOfEach) << plan;
      EXPECT_LE(std::stoi((*found)[4]), shards) << plan;
    }
    EXPECT_EQ(scans, 3U) << plan;
    for (const std::string text : {"Seq Scan", "Sort", "Bitmap", "Rows Removed"}) {
      EXPECT_EQ(plan.find(text), std::string::npos) << text << " in\n" << plan;
    }
  }
}

TEST(EventPlans, APageHasTheNewestRowsOfAllTablesAndShards) {
  support::World world;
  world.sql.run(kBurst);
  EventStore store(world.database, support::logical_shards());
  const Instant now = world.database.measure_time().database_now;
  for (const std::size_t limit : {1U, 500U, 10'000U, 30'000U}) {
    std::vector<std::string> ids;
    for (const auto& place : store.places({.from = now - std::chrono::hours{1}, .until = now}, limit)) {
      ids.push_back(place.id);
    }
    EXPECT_EQ(ids, world.sql.column(
                       "SELECT id FROM (SELECT id FROM (SELECT id FROM agent_actions_log UNION ALL SELECT "
                       "id FROM message_queue UNION ALL SELECT id FROM messages) AS row ORDER BY id DESC "
                       "LIMIT " +
                       std::to_string(limit) + ") AS newest ORDER BY id"));
  }
}

}  // namespace
}  // namespace orchestrator::storage
