// The real binary while its database stops, returns, or closes connections.
#include <gtest/gtest.h>

#include "embedded/embedded_postgres.hpp"
#include "support/eventually.hpp"
#include "support/posters.hpp"
#include "support/running_service.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::eventually;
using support::HttpClient;
using support::Posters;
using support::RunningService;
using support::Service;
using support::Sql;
using Texts = std::vector<std::string>;

constexpr int kAgents = 6;

// A database that can be stopped, and a service that uses it.
class ServiceOutage : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster = std::make_unique<Cluster>();
    // Acknowledged messages must survive a crash of the server, though not of the machine.
    Sql(postgres().administrator_url()).run("ALTER DATABASE orchestrator SET synchronous_commit = on");
  }
  static void TearDownTestSuite() { cluster.reset(); }
  static embedded::EmbeddedPostgres& postgres() { return cluster->postgres; }

  void add_user(const std::string& id) {
    ASSERT_EQ(http.put("/users/" + id, {{"quietHoursEnabled", false}}).status, 201);
  }

  bool is_served(const std::string& user, const std::string& text) {
    return http.post("/schedule-message", support::message_body(user, text, "urgent")).status == 200;
  }

 private:
  struct Cluster {
    support::TemporaryDirectory directory;
    embedded::EmbeddedPostgres postgres{{.data_dir = directory.path(), .durable = false}};
  };
  inline static std::unique_ptr<Cluster> cluster;

 protected:
  Service service{support::with(support::kNoLoop, {{"DATABASE_URL", postgres().url()}})};
  HttpClient http{service.port()};
};

TEST_F(ServiceOutage, IsHealthyButNotReadyWithoutADatabase) {
  ASSERT_EQ(http.get("/ready").status, 200);
  postgres().stop_now();

  const auto health = http.get("/health");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.json()["status"], "healthy");
  const auto ready = http.get("/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.retry_after, "");
  const auto metrics = http.get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.body.find("orchestrator_database_up 0"), std::string::npos);
  EXPECT_EQ(metrics.body.find("orchestrator_queue_depth{"), std::string::npos);
  for (const auto& answer :
       {http.post("/process-queue"), http.get("/users/ann"), http.put("/users/ann", nlohmann::json::object()),
        http.post("/schedule-message", support::message_body("ann", "x"))}) {
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(answer.json()["error"], "unavailable");
    EXPECT_NE(answer.retry_after, "");
  }
  EXPECT_TRUE(service.prints("Pass failed, trying again"));

  postgres().start();
  EXPECT_TRUE(eventually([&] { return http.get("/ready").status == 200; }, 5s));
}

TEST_F(ServiceOutage, LosesNoAcknowledgedMessageAndRecoversByItself) {
  for (int agent = 0; agent < kAgents; ++agent) add_user("poster_" + std::to_string(agent));
  add_user("ann");
  Posters posters({service.port()}, kAgents);
  ASSERT_TRUE(eventually([&] { return posters.answers(200) > 200; }));
  postgres().stop_now();
  ASSERT_TRUE(eventually([&] { return posters.answers(503) > 10 * kAgents; }));
  const int before = posters.answers(200);

  postgres().start();
  const auto back = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return posters.answers(200) > before + 100; }, 5s));
  EXPECT_TRUE(eventually([&] { return is_served("ann", "back again"); }, 5s));
  Sql sql(postgres().url());
  EXPECT_TRUE(eventually(
      [&] { return sql.value("SELECT count(*) FROM messages WHERE user_id = 'ann'") == "1"; }, 5s));
  EXPECT_LT(std::chrono::steady_clock::now() - back, 5s);

  posters.stop();
  EXPECT_EQ(posters.lost(sql), Texts{});
  EXPECT_EQ(posters.refusals_without_retry_after(), 0);
  EXPECT_EQ(posters.answers(500), 0) << service.output();
  EXPECT_EQ(posters.answers(0), 0);
}

TEST(ServiceConnections, IdleOnesAreReplacedSilently) {
  RunningService running;
  running.add_user("ann");
  running.post("ann", "one");
  const auto end_connections = [&] {
    return running.sql.value(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE application_name = 'message-orchestrator' AND datname = current_database()");
  };
  for (int round = 0; round < 5; ++round) {
    EXPECT_NE(end_connections(), "0");
    EXPECT_EQ(running.http.get("/users/ann").status, 200);
    EXPECT_EQ(running.http.post("/schedule-message", support::message_body("ann", "again")).status, 200);
    EXPECT_EQ(running.http.get("/ready").status, 200);
  }
}

}  // namespace
}  // namespace orchestrator
