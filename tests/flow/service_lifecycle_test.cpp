// The real binary: starting, refusing to start, and stopping.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "embedded/embedded_postgres.hpp"
#include "storage/migrations.hpp"
#include "support/eventually.hpp"
#include "support/posters.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::eventually;
using support::HttpClient;
using support::Posters;
using support::RunningService;
using support::Service;
using support::Sql;
using support::TemporaryDirectory;
using support::TestDatabase;

// -1 when it still runs or was killed.
int exit_status(Service& service, std::chrono::milliseconds limit = 30s) {
  const auto status = service.wait(limit);
  return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
}

TEST(ServiceLifecycle, ReportsAllProblemsOfTheConfigurationAtOnce) {
  Service service({{"PORT", "eighty"},
                   {"COOLDOWN_SECONDS", "-1"},
                   {"QUIET_HOURS_START", "25:00"},
                   {"DEFAULT_TIMEZONE", "Mars/Olympus_Mons"},
                   {"SENDER", "pigeon"},
                   {"DATABASE_URL", "secret-and-wrong"}});
  EXPECT_EQ(exit_status(service), 2);
  for (const std::string name : {"PORT=\"eighty\"", "COOLDOWN_SECONDS", "QUIET_HOURS_START",
                                 "DEFAULT_TIMEZONE", "SENDER", "DATABASE_URL"}) {
    EXPECT_TRUE(service.prints(name)) << name << " is not in\n" << service.output();
  }
  EXPECT_FALSE(service.prints("secret-and-wrong", 0ms)) << service.output();
}

TEST(ServiceLifecycle, HelpNamesTheCommandsAndTheVariables) {
  Service service({}, {"--help"});
  EXPECT_EQ(exit_status(service), 0);
  for (const std::string word : {"serve", "migrate", "DATABASE_URL", "PROCESS_INTERVAL_SECONDS"}) {
    EXPECT_TRUE(service.prints(word)) << word;
  }
}

TEST(ServiceLifecycle, PrintsItsVersion) {
  Service service({}, {"--version"});
  EXPECT_EQ(exit_status(service), 0);
  EXPECT_TRUE(service.prints("message-orchestrator 0."));
}

TEST(ServiceLifecycle, RefusesAnUnknownCommand) {
  Service service({}, {"dance"});
  EXPECT_GT(exit_status(service), 0);
  EXPECT_TRUE(service.prints("dance"));
}

TEST(ServiceLifecycle, MigratesAnEmptyDatabaseAndExits) {
  const TestDatabase database(TestDatabase::Content::nothing);
  for (int round = 0; round < 2; ++round) {
    Service service({{"DATABASE_URL", database.url()}}, {"migrate"});
    EXPECT_EQ(exit_status(service), 0) << service.output();
    EXPECT_TRUE(service.prints("The schema is up to date"));
  }
  EXPECT_EQ(Sql(database.url()).value("SELECT count(*) FROM schema_migrations"),
            std::to_string(storage::embedded_migrations().size()));
}

TEST(ServiceLifecycle, RefusesADatabaseOfALaterVersion) {
  const TestDatabase database;
  Sql(database.url()).run("INSERT INTO schema_migrations (name) VALUES ('9999_later')");
  Service service({{"DATABASE_URL", database.url()}});
  EXPECT_EQ(exit_status(service), 1);
  EXPECT_TRUE(service.prints("9999_later")) << service.output();
}

TEST(ServiceLifecycle, StopsInTimeUnderLoadAndKeepsWhatItAcknowledged) {
  constexpr int kAgents = 8;
  RunningService running;
  Posters::add_users(running.sql, kAgents);
  Posters posters({running.service.port()}, kAgents);
  ASSERT_TRUE(eventually([&] { return posters.answers(200) > 200; }));
  running.service.terminate();
  EXPECT_EQ(exit_status(running.service, 8s), 0) << running.service.output();
  posters.stop();
  EXPECT_EQ(posters.lost(running.sql), std::vector<std::string>{});
  EXPECT_EQ(posters.answers(500), 0);
}

TEST(ServiceLifecycle, AKilledServiceWithAnEmbeddedDatabaseKeepsAllAcknowledgedMessages) {
  constexpr int kAgents = 4;
  const TemporaryDirectory directory;
  // Creating a cluster that survives a power failure takes seconds; this one need not survive it.
  { const embedded::EmbeddedPostgres made({.data_dir = directory.path(), .durable = false}); }
  const support::Variables environment = support::with(support::kNoLoop, {{"DATA_DIR", directory.path()}});
  std::optional<Posters> posters;
  {
    Service service(environment);
    HttpClient http(service.port());
    for (int agent = 0; agent < kAgents; ++agent) {
      ASSERT_EQ(http.put("/users/poster_" + std::to_string(agent), {{"timezone", "Europe/London"}}).status,
                201);
    }
    posters.emplace(std::vector{service.port()}, kAgents);
    ASSERT_TRUE(eventually([&] { return posters->answers(200) > 100; }));
    service.kill();
    ASSERT_TRUE(service.wait());
    posters->stop();
  }
  Service service(environment);
  HttpClient http(service.port());
  EXPECT_EQ(http.get("/ready").status, 200);
  Sql sql("host=" + (directory.path() / "socket").string() + " user=orchestrator dbname=orchestrator");
  EXPECT_EQ(posters->lost(sql), std::vector<std::string>{});
}

}  // namespace
}  // namespace orchestrator
