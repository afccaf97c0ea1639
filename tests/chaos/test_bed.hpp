// The environment of a scenario: its own PostgreSQL, instances behind proxies, people, providers and load.
// Scenarios differ by their options.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "chaos/fleet.hpp"
#include "chaos/load.hpp"
#include "chaos/scenario.hpp"
#include "embedded/embedded_postgres.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator::chaos {

struct TestBedOptions {
  int instances = 4;
  // Settings of one instance besides the common ones, for its first start (0) and later ones.
  std::function<support::Variables(int instance, int start)> variables = [](int, int) {
    return support::Variables{};
  };
  // The servers that instances connect to instead of this PostgreSQL; called once, when PostgreSQL runs.
  std::function<std::vector<Upstream>(const Upstream& own)> upstreams = [](const Upstream& own) {
    return std::vector<Upstream>{own};
  };
  bool has_proxies = true;  // without them no faults at commits and no cut connections
  std::chrono::milliseconds initial_fault_pace{0};  // pace of faults from the first start on
  Load::Size load = {};
};

// For use by one thread, which starts and stops PostgreSQL.
class TestBed {
 public:
  // Returns when all instances listen and all people exist.
  TestBed(const Run& run, TestBedOptions options);
  TestBed(const TestBed&) = delete;
  TestBed& operator=(const TestBed&) = delete;

  // Lets the load run for a while.
  void wait(std::chrono::milliseconds time) const;

  void kill(int instance);       // SIGKILL; another process is started
  void terminate(int instance);  // SIGTERM; another process is started
  void cut(int instance);        // all its connections to PostgreSQL
  void stop_postgres();          // immediate shutdown, like a crash
  void start_postgres();
  void stall(int instance, std::chrono::milliseconds time);  // SIGSTOP, then SIGCONT after `time`

  // The database is at `url` from now on: a standby was promoted.
  void follow(const std::string& url) { database_url_ = url; }

  // In the short version: expires the leases of dead instances, which would otherwise take a minute.
  void expire_leases() const;

  // Stops faults and load, waits until no work remains, runs the checker, and shuts down the instances and
  // PostgreSQL.
  Outcome finish();

  std::string database_url() const { return database_url_; }

  const Run run;

 private:
  support::TemporaryDirectory data_;

 public:
  embedded::EmbeddedPostgres postgres;
  History history;
  ClientStatistics statistics;
  Failpoints failpoints;
  ExternalServices external_services;
  Population population;

 private:
  support::Variables variables(int instance, int start) const;
  void prepare_database();
  std::string remaining_work() const;
  void drain();
  Evidence evidence();
  void collect_failures(Outcome& outcome);
  std::chrono::milliseconds longest_silence(const Records& records) const;

  TestBedOptions options_;
  std::string database_url_;
  Outcome outcome_;
  Instant began_{};

 public:
  std::optional<Fleet> fleet;

 private:
  std::optional<Load> load_;  // last: it uses the rest
};

}  // namespace orchestrator::chaos
