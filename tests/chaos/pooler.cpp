#include "chaos/pooler.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "chaos/stage.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr int kSessions = 5;
constexpr auto kStrikePace = 600ms;
constexpr auto kBetweenFaults = 1500ms;
constexpr auto kBetweenLooks = 200ms;

int free_port() { return server::Listener("127.0.0.1", 0).port(); }

// Everybody who can reach it is let in: it listens on loopback, and lives for a minute.
std::string configuration(const Upstream& postgres, int sessions, int port) {
  return "[databases]\norchestrator = host=" + postgres.host + " port=" + std::to_string(postgres.port) +
         " user=orchestrator\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(port) +
         "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = " +
         std::to_string(sessions) + "\nmax_client_conn = 500\n";
}

// It refuses to be root, and the socket is open to its owner only.
embedded::Account owner_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw std::system_error(errno, std::generic_category(), path);
  return {.uid = status.st_uid, .gid = status.st_gid, .groups = {}, .name = "the owner of " + path};
}

// Sessions of instances at the PostgreSQL. One that has just been closed may still be there at a first look.
int sessions_of(const Stage& stage) {
  support::Sql sql(stage.database_url());
  const auto count = [&] {
    return std::stoi(
        sql.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'message-orchestrator'"));
  };
  const int first = count();
  stage.wait(kBetweenLooks);
  return std::min(first, count());
}

}  // namespace

Pooler::Pooler(const Upstream& postgres, int sessions, const std::filesystem::path& directory)
    : port_(free_port()) {
  const std::filesystem::path file = directory / "pgbouncer.ini";
  std::ofstream(file) << configuration(postgres, sessions, port_);
  const int log =
      open((directory / "pgbouncer.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  embedded::Command command{.arguments = {"/usr/sbin/pgbouncer", "--quiet", file},
                            .environment = {"PATH=/usr/bin:/bin"},
                            .output = log};
  if (geteuid() == 0) command.account = owner_of(postgres.host);
  process_ = std::make_unique<embedded::ChildProcess>(command);
  close(log);
}

Outcome play_pooler(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  std::optional<Pooler> pooler;
  Stage stage(run, {.upstreams = [&](const Upstream& own) {
                pooler.emplace(own, kSessions, run.directory);
                return std::vector<Upstream>{pooler->upstream()};
              }});
  stage.failpoints.strike_every(kStrikePace);
  std::mt19937 random(run.seed);
  int most = 0;
  while (std::chrono::steady_clock::now() < end) {
    const int instance = static_cast<int>(random() % static_cast<std::size_t>(stage.fleet->size()));
    random() % 2 == 0 ? stage.kill(instance) : stage.cut(instance);
    stage.wait(kBetweenFaults);
    stage.let_time_pass();
    most = std::max(most, sessions_of(stage));
  }
  Outcome outcome = stage.finish();
  outcome.notes.push_back(std::to_string(stage.fleet->size()) + " instances had " + std::to_string(most) +
                          " sessions at PostgreSQL");
  if (most == 0 || most > kSessions) outcome.complaints.push_back("the pool was not what stood between");
  return outcome;
}

}  // namespace orchestrator::chaos
