// Two instances on one database: neither repeats what the other did, and each finishes what the other left.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/eventually.hpp"
#include "support/posters.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::eventually;
using support::HttpClient;
using support::Posters;
using support::Service;
using support::Sql;
using support::TestDatabase;
using support::Variables;
using Texts = std::vector<std::string>;

constexpr int kUsers = 2000;
constexpr int kEach = 3;

// No limits: every due message may be promoted, so only the instances can affect each other.
const Variables kNoLimits = support::with(
    support::kNoLoop,
    {{"COOLDOWN_SECONDS", "0"}, {"HOURLY_LIMIT", "0"}, {"DAILY_LIMIT", "0"}, {"BUSY_THRESHOLD", "1000000"}});

class ServiceInstances : public ::testing::Test {
 protected:
  // Inserts messages of `user_0`, `user_1`, …, all due, in another order than they must be promoted.
  void queue_messages() {
    sql.run(
        "INSERT INTO users (id, quiet_hours_enabled) SELECT 'user_' || i, false FROM generate_series(1, " +
        std::to_string(kUsers) + ") AS i");
    sql.run(
        "INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for) "
        "SELECT 'user_' || i, 'a', jsonb_build_object('content', n::text), "
        "       CASE n WHEN 1 THEN 'low' ELSE 'medium' END::message_priority, "
        "       now() - make_interval(mins => n) "
        "FROM generate_series(1, " +
        std::to_string(kUsers) + ") AS i, generate_series(1, " + std::to_string(kEach) + ") AS n");
  }

  std::int64_t count(const std::string& what) {
    return std::stoll(sql.value("SELECT count(*) FROM " + what));
  }

  // Requests full passes until no message is queued or the service stops answering.
  static void process_until_done(int port, const std::string& url) {
    HttpClient http(port);
    Sql sql(url);
    while (http.post("/process-queue").status == 200 &&
           sql.value("SELECT EXISTS (SELECT FROM message_queue WHERE status = 'queued')") == "t") {
    }
  }

  void expect_each_promoted_once_in_order() {
    EXPECT_EQ(count("message_queue WHERE status <> 'sent'"), 0);
    EXPECT_EQ(count("message_queue FULL JOIN messages ON messages.queue_id = message_queue.id "
                    "AND messages.id = message_queue.delivered_message_id "
                    "WHERE message_queue.id IS NULL OR messages.id IS NULL"),
              0);
    EXPECT_EQ(sql.column("SELECT DISTINCT sent FROM (SELECT string_agg(content, ',' ORDER BY created_at, id) "
                         "AS sent FROM messages WHERE user_id LIKE 'user%' GROUP BY user_id) AS people"),
              Texts{"3,2,1"});
    EXPECT_EQ(
        count("(SELECT id, lag(id) OVER line AS before, queue_id, lag(queue_id) OVER line AS queued_before "
              " FROM messages WHERE user_id LIKE 'poster%' "
              " WINDOW line AS (PARTITION BY user_id ORDER BY created_at, id)) AS lines "
              "WHERE queue_id < queued_before"),
        0);
  }

  TestDatabase database;
  Sql sql{database.url()};
  Variables environment = support::with(kNoLimits, {{"DATABASE_URL", database.url()}});
};

TEST_F(ServiceInstances, PromoteEachMessageOnceAndInOrder) {
  constexpr int kAgents = 4;
  Service one(environment);
  Service two(environment);
  const std::vector<int> ports = {one.port(), two.port()};
  Posters::add_users(sql, kAgents);
  Posters posters(ports, kAgents);
  queue_messages();
  std::vector<std::thread> callers;
  for (const int port : {ports[0], ports[1], ports[0], ports[1]}) {
    callers.emplace_back([&, port] { process_until_done(port, database.url()); });
  }
  EXPECT_TRUE(
      eventually([&] { return count("messages WHERE user_id LIKE 'user%'") == kUsers * kEach; }, 30s));
  EXPECT_TRUE(eventually([&] { return posters.answers(200) > 200; }));
  posters.stop();
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(posters.lost(sql), Texts{});
  expect_each_promoted_once_in_order();
}

TEST_F(ServiceInstances, SurviveTheKillOfOneUnderLoad) {
  constexpr int kAgents = 4;
  Service survivor(environment);
  Service victim(environment);
  const std::vector<int> ports = {survivor.port(), victim.port()};
  Posters::add_users(sql, kAgents);
  Posters posters(ports, kAgents);
  queue_messages();
  std::vector<std::thread> callers;
  for (const int port : ports) callers.emplace_back([&, port] { process_until_done(port, database.url()); });
  ASSERT_TRUE(eventually([&] { return count("messages") > kUsers / 2; }));
  victim.kill();
  ASSERT_TRUE(victim.wait());
  const int by_then = posters.answers(200);
  EXPECT_TRUE(eventually([&] { return posters.answers(200) > by_then + 100; }));
  posters.stop();
  for (auto& caller : callers) caller.join();
  EXPECT_TRUE(eventually([&] {
    HttpClient(ports[0]).post("/process-queue");
    return count("message_queue WHERE status = 'queued'") == 0;
  }));
  EXPECT_EQ(posters.lost(sql), Texts{});
  expect_each_promoted_once_in_order();
}

}  // namespace
}  // namespace orchestrator
