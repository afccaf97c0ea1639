// PostgreSQL has a synchronous standby; it dies under load, and the standby takes its place. Instances know
// both hosts from the start, and are not told.
#include "chaos/return.hpp"
#include "chaos/stage.hpp"
#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr auto kCopyLimit = 60s;
constexpr auto kBetweenActs = 2s;

// A copy of the cluster in `directory`, made while it is written to, that follows it.
void copy_cluster(const Upstream& primary, const std::filesystem::path& directory) {
  const embedded::DataDirectory place(directory);
  place.make_private(place.cluster());
  const embedded::Command copy{
      .arguments = {embedded::find_installation(std::nullopt).bin / "pg_basebackup", "--host=" + primary.host,
                    "--username=postgres", "--pgdata=" + place.cluster().string(), "--checkpoint=fast",
                    "--wal-method=stream", "--write-recovery-conf"},
      .environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"},
      .account = place.account()};
  const embedded::CommandResult result = embedded::run(copy, kCopyLimit);
  if (result.status != 0) throw std::runtime_error("pg_basebackup: " + result.output);
}

// From its return on, no commit is acknowledged that the standby has not.
void make_synchronous(embedded::EmbeddedPostgres& primary) {
  support::Sql sql(primary.administrator_url());
  sql.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
  sql.run("SELECT pg_reload_conf()");
  const bool is_so = support::eventually(
      [&] { return sql.value("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"; });
  if (!is_so) throw std::runtime_error("the standby does not follow");
}

}  // namespace

Outcome play_failover(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  const support::TemporaryDirectory second;
  Upstream primary;
  Stage stage(run, {.upstreams =
                        [&](const Upstream& own) {
                          primary = own;
                          return std::vector<Upstream>{own, {(second.path() / "socket").string(), 5432}};
                        },
                    .has_proxies = false});
  const int starts = stage.fleet->starts();
  copy_cluster(primary, second.path());
  embedded::EmbeddedPostgres standby({.data_dir = second.path(), .durable = true});
  make_synchronous(stage.postgres);
  stage.wait(kBetweenActs);

  stage.stop_postgres();
  support::Sql(standby.administrator_url()).run("SELECT pg_promote()");
  stage.follow(standby.url());
  Outcome back;
  expect_back(stage, std::chrono::steady_clock::now(), back);
  do {
    stage.wait(1s);
    stage.let_time_pass();
  } while (std::chrono::steady_clock::now() < end);

  Outcome outcome = stage.finish();
  standby.stop_now();
  outcome.complaints.insert(outcome.complaints.end(), back.complaints.begin(), back.complaints.end());
  outcome.notes.insert(outcome.notes.end(), back.notes.begin(), back.notes.end());
  if (stage.fleet->starts() != starts) outcome.complaints.push_back("an instance was started again");
  return outcome;
}

}  // namespace orchestrator::chaos
