#include "embedded/embedded_postgres.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator::embedded {
namespace {

namespace fs = std::filesystem;
using support::eventually;
using support::TemporaryDirectory;

// The single value of the result, the command tag, or the error message.
std::string ask(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  switch (PQresultStatus(result.get())) {
    case PGRES_TUPLES_OK:
      return PQgetvalue(result.get(), 0, 0);
    case PGRES_COMMAND_OK:
      return PQcmdStatus(result.get());
    default:
      return PQerrorMessage(connection.get());
  }
}

pid_t postmaster_of(const fs::path& data_dir) {
  pid_t pid = 0;
  std::ifstream(data_dir / "postgres" / "postmaster.pid") >> pid;
  return pid;
}

bool is_alive(pid_t pid) {
  std::string state;
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  for (int field = 0; field < 3; ++field) status >> state;
  return !state.empty() && state != "Z";
}

// A crash of processes, unlike one of the machine, loses no committed data even without fsync.
EmbeddedPostgres::Options quick(const fs::path& data_dir) { return {.data_dir = data_dir, .durable = false}; }

std::string refusal(const fs::path& data_dir) {
  try {
    EmbeddedPostgres postgres(quick(data_dir));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// Starts a process that runs PostgreSQL on the directory until it is killed.
pid_t fork_server(const fs::path& data_dir) {
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    EmbeddedPostgres postgres(quick(data_dir));
    while (true) pause();
  } catch (const std::exception&) {
    _exit(EXIT_FAILURE);
  }
}

void kill_and_reap(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(EmbeddedPostgres, CreatesADatabaseOwnedByAnOrdinaryRole) {
  const TemporaryDirectory directory;
  const EmbeddedPostgres postgres(quick(directory.path()));
  EXPECT_EQ(ask(postgres.url(), "SELECT current_database() || ' ' || current_user"),
            "orchestrator orchestrator");
  EXPECT_EQ(ask(postgres.url(), "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user"), "false");
  EXPECT_EQ(ask(postgres.url(), "CREATE TABLE t (i int)"), "CREATE TABLE");
  EXPECT_EQ(ask(postgres.url(), "SHOW server_encoding"), "UTF8");
  EXPECT_EQ(ask(postgres.url(), "SHOW listen_addresses"), "");
  EXPECT_EQ(ask(postgres.url(), "SHOW timezone"), "UTC");
}

TEST(EmbeddedPostgres, ClosesItsSocketToOtherUsers) {
  const TemporaryDirectory directory;
  const EmbeddedPostgres postgres(quick(directory.path()));
  struct stat entry = {};
  ASSERT_EQ(stat((directory.path() / "socket").c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 0777u, 0700u);
}

TEST(EmbeddedPostgres, KeepsDataBetweenRuns) {
  const TemporaryDirectory directory;
  {
    const EmbeddedPostgres postgres(quick(directory.path()));
    ASSERT_EQ(ask(postgres.url(), "CREATE TABLE t AS SELECT 'kept' AS v"), "SELECT 1");
  }
  const EmbeddedPostgres postgres(quick(directory.path()));
  EXPECT_EQ(ask(postgres.url(), "SELECT v FROM t"), "kept");
}

TEST(EmbeddedPostgres, IsDurableByDefault) {
  const TemporaryDirectory directory;
  const EmbeddedPostgres postgres({.data_dir = directory.path()});
  for (const char* setting : {"fsync", "synchronous_commit", "full_page_writes"}) {
    EXPECT_EQ(ask(postgres.url(), std::string("SHOW ") + setting), "on");
  }
}

TEST(EmbeddedPostgres, RecoversAfterAnImmediateShutdown) {
  const TemporaryDirectory directory;
  EmbeddedPostgres postgres(quick(directory.path()));
  ASSERT_EQ(ask(postgres.url(), "CREATE TABLE t AS SELECT 'kept' AS v"), "SELECT 1");
  postgres.stop_now();
  EXPECT_NE(ask(postgres.url(), "SELECT v FROM t"), "kept");
  postgres.start();
  EXPECT_EQ(ask(postgres.url(), "SELECT v FROM t"), "kept");
}

TEST(EmbeddedPostgres, CreatesADroppedDatabaseAgain) {
  const TemporaryDirectory directory;
  EmbeddedPostgres postgres(quick(directory.path()));
  ASSERT_EQ(ask(postgres.administrator_url(), "DROP DATABASE orchestrator"), "DROP DATABASE");
  postgres.stop();
  postgres.start();
  EXPECT_EQ(ask(postgres.url(), "SELECT 1"), "1");
}

TEST(EmbeddedPostgres, RefusesADirectoryInUse) {
  const TemporaryDirectory directory;
  const EmbeddedPostgres postgres(quick(directory.path()));
  const std::string message = refusal(directory.path());
  EXPECT_NE(message.find(directory.path().string()), std::string::npos) << message;
  EXPECT_NE(message.find("in use"), std::string::npos) << message;
  EXPECT_NE(message.find("process " + std::to_string(getpid()) + ")"), std::string::npos) << message;
}

TEST(EmbeddedPostgres, LeavesNoProcessAfterAStop) {
  const TemporaryDirectory directory;
  EmbeddedPostgres postgres(quick(directory.path()));
  const pid_t postmaster = postmaster_of(directory.path());
  ASSERT_TRUE(is_alive(postmaster));
  postgres.stop();
  EXPECT_FALSE(is_alive(postmaster));
  EXPECT_FALSE(fs::exists(directory.path() / "postgres" / "postmaster.pid"));
}

TEST(EmbeddedPostgres, DiesWithItsParent) {
  const TemporaryDirectory directory;
  const pid_t parent = fork_server(directory.path());
  ASSERT_TRUE(eventually([&] { return postmaster_of(directory.path()) != 0; }));
  const pid_t postmaster = postmaster_of(directory.path());
  kill_and_reap(parent);
  EXPECT_TRUE(eventually([&] { return !is_alive(postmaster); }));
}

TEST(EmbeddedPostgres, StartsAfterAKillAndKeepsCommittedData) {
  const TemporaryDirectory directory;
  {
    const EmbeddedPostgres postgres(quick(directory.path()));
    ask(postgres.url(), "CREATE TABLE t (round int)");
  }
  for (int round = 1; round <= 3; ++round) {
    const pid_t parent = fork_server(directory.path());
    ASSERT_TRUE(eventually([&] { return postmaster_of(directory.path()) != 0; }));
    kill_and_reap(parent);
    const EmbeddedPostgres postgres(quick(directory.path()));
    ask(postgres.url(), "INSERT INTO t VALUES (0)");
    EXPECT_EQ(ask(postgres.url(), "SELECT count(*) FROM t"), std::to_string(round));
  }
}

TEST(EmbeddedPostgres, StartsOverAPidFileThatNamesAnotherProcess) {
  const TemporaryDirectory directory;
  EmbeddedPostgres postgres(quick(directory.path()));
  postgres.stop();
  std::ofstream(directory.path() / "postgres" / "postmaster.pid") << getpid() << "\n/elsewhere\n";
  postgres.start();
  EXPECT_EQ(ask(postgres.url(), "SELECT 1"), "1");
}

TEST(EmbeddedPostgres, ReplacesAnUnfinishedCluster) {
  const TemporaryDirectory directory;
  const pid_t parent = fork_server(directory.path());
  ASSERT_TRUE(eventually([&] { return fs::exists(directory.path() / "postgres.unfinished" / "base"); }));
  kill_and_reap(parent);
  ASSERT_FALSE(fs::exists(directory.path() / "postgres"));
  const EmbeddedPostgres postgres(quick(directory.path()));
  EXPECT_EQ(ask(postgres.url(), "SELECT 1"), "1");
}

TEST(EmbeddedPostgres, NamesTheDirectoryThatIsClosedToTheServersUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root runs PostgreSQL as another user";
  const TemporaryDirectory directory;
  const fs::path closed = directory.path() / "closed";
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::owner_all);
  const std::string message = refusal(closed / "data");
  EXPECT_NE(message.find(closed.string() + " is closed"), std::string::npos) << message;
  EXPECT_NE(message.find("Choose another DATA_DIR"), std::string::npos) << message;
}

TEST(EmbeddedPostgres, RefusesAPathTooLongForASocket) {
  const TemporaryDirectory directory;
  const std::string message = refusal(directory.path() / std::string(80, 'x'));
  EXPECT_NE(message.find("too long"), std::string::npos) << message;
}

TEST(EmbeddedPostgres, ReportsWhyTheServerDidNotStart) {
  const TemporaryDirectory directory;
  { const EmbeddedPostgres postgres(quick(directory.path())); }
  std::ofstream(directory.path() / "postgres" / "postgresql.conf", std::ios::app) << "no_such_setting = 1\n";
  const std::string message = refusal(directory.path());
  EXPECT_NE(message.find("no_such_setting"), std::string::npos) << message;
}

}  // namespace
}  // namespace orchestrator::embedded
