// PostgreSQL has a synchronous standby; the primary dies under load and the standby is promoted. Instances
// know both hosts from the start and are not notified.
#include "chaos/recovery.hpp"
#include "chaos/test_bed.hpp"
#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr auto kCopyLimit = 60s;
constexpr auto kBetweenActs = 2s;

// A standby of the cluster in `directory`, created while the cluster is written to.
void copy_cluster(const Upstream& primary, const std::filesystem::path& directory) {
  const embedded::DataDirectory place(directory);
  place.create_private(place.cluster());
  const embedded::Command copy{
      .arguments = {embedded::find_installation(std::nullopt).bin / "pg_basebackup", "--host=" + primary.host,
                    "--username=postgres", "--pgdata=" + place.cluster().string(), "--checkpoint=fast",
                    "--wal-method=stream", "--write-recovery-conf"},
      .environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"},
      .account = place.account()};
  const embedded::CommandResult result = embedded::run(copy, kCopyLimit);
  if (result.status != 0) throw std::runtime_error("pg_basebackup: " + result.output);
}

// After it returns, no commit is acknowledged before the standby has it.
void make_synchronous(embedded::EmbeddedPostgres& primary) {
  support::Sql sql(primary.administrator_url());
  sql.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
  sql.run("SELECT pg_reload_conf()");
  const bool is_so = support::eventually(
      [&] { return sql.value("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"; });
  if (!is_so) throw std::runtime_error("the standby does not follow");
}

}  // namespace

Outcome run_failover(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  const support::TemporaryDirectory second;
  Upstream primary;
  TestBed test_bed(run, {.upstreams =
                             [&](const Upstream& own) {
                               primary = own;
                               return std::vector<Upstream>{own, {(second.path() / "socket").string(), 5432}};
                             },
                         .has_proxies = false});
  const int starts = test_bed.fleet->starts();
  copy_cluster(primary, second.path());
  embedded::EmbeddedPostgres standby({.data_dir = second.path(), .durable = true});
  make_synchronous(test_bed.postgres);
  test_bed.wait(kBetweenActs);

  test_bed.stop_postgres();
  support::Sql(standby.administrator_url()).run("SELECT pg_promote()");
  test_bed.follow(standby.url());
  Outcome back;
  expect_recovery(test_bed, std::chrono::steady_clock::now(), back);
  do {
    test_bed.wait(1s);
    test_bed.expire_leases();
  } while (std::chrono::steady_clock::now() < end);

  Outcome outcome = test_bed.finish();
  standby.stop_now();
  outcome.failures.insert(outcome.failures.end(), back.failures.begin(), back.failures.end());
  outcome.notes.insert(outcome.notes.end(), back.notes.begin(), back.notes.end());
  if (test_bed.fleet->starts() != starts) outcome.failures.push_back("an instance was started again");
  return outcome;
}

}  // namespace orchestrator::chaos
