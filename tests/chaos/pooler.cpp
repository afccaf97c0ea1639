#include "chaos/pooler.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "chaos/test_bed.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr int kSessions = 5;
constexpr auto kStrikePace = 600ms;
constexpr auto kBetweenFaults = 1500ms;
constexpr auto kPollInterval = 200ms;

int free_port() { return server::Listener("127.0.0.1", 0).port(); }

// No authentication: it listens on loopback and lives for a minute.
std::string configuration(const Upstream& postgres, int sessions, int port) {
  return "[databases]\norchestrator = host=" + postgres.host + " port=" + std::to_string(postgres.port) +
         " user=orchestrator\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(port) +
         "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = " +
         std::to_string(sessions) + "\nmax_client_conn = 500\n";
}

// PgBouncer refuses to run as root, and only its owner may use the socket.
embedded::Account owner_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw std::system_error(errno, std::generic_category(), path);
  return {.uid = status.st_uid, .gid = status.st_gid, .groups = {}, .name = "the owner of " + path};
}

// Sessions that PgBouncer holds at PostgreSQL. One that was just closed may still be listed at first.
int sessions_of(const TestBed& test_bed) {
  support::Sql sql(test_bed.database_url());
  const auto count = [&] {
    return std::stoi(
        sql.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'message-orchestrator'"));
  };
  const int first = count();
  test_bed.wait(kPollInterval);
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

Outcome run_pooler(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  std::optional<Pooler> pooler;
  TestBed test_bed(run, {.upstreams = [&](const Upstream& own) {
                     pooler.emplace(own, kSessions, run.directory);
                     return std::vector<Upstream>{pooler->upstream()};
                   }});
  test_bed.failpoints.inject_every(kStrikePace);
  std::mt19937 random(run.seed);
  int most = 0;
  while (std::chrono::steady_clock::now() < end) {
    const int instance = static_cast<int>(random() % static_cast<std::size_t>(test_bed.fleet->size()));
    random() % 2 == 0 ? test_bed.kill(instance) : test_bed.cut(instance);
    test_bed.wait(kBetweenFaults);
    test_bed.expire_leases();
    most = std::max(most, sessions_of(test_bed));
  }
  Outcome outcome = test_bed.finish();
  outcome.notes.push_back(std::to_string(test_bed.fleet->size()) + " instances had " + std::to_string(most) +
                          " sessions at PostgreSQL");
  if (most == 0 || most > kSessions) outcome.failures.push_back("the pool was not what stood between");
  return outcome;
}

}  // namespace orchestrator::chaos
