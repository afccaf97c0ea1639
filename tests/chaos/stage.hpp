// Everything that a scenario plays with: a PostgreSQL of its own, instances behind proxies, people, providers
// and a load. What differs from scenario to scenario is given as options.
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

struct StageOptions {
  int instances = 4;
  // What an instance gets besides the settings that all have, at its first start (0) and later ones.
  std::function<support::Variables(int instance, int start)> variables = [](int, int) {
    return support::Variables{};
  };
  // What the instances find in the place of the stage's PostgreSQL, which runs when this is asked, once.
  std::function<std::vector<Upstream>(const Upstream& own)> upstreams = [](const Upstream& own) {
    return std::vector<Upstream>{own};
  };
  bool has_proxies = true;                     // without them, no strikes at commits and no cuts
  std::chrono::milliseconds first_strikes{0};  // strikes from the first start on, at this pace
  Load::Size load = {};
};

// For one thread, which starts and stops PostgreSQL.
class Stage {
 public:
  // Returns when all instances listen and all people exist.
  Stage(const Run& run, StageOptions options);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Plays on for a while.
  void wait(std::chrono::milliseconds time) const;

  void kill(int instance);       // -9, and another is started
  void terminate(int instance);  // SIGTERM, and another is started
  void cut(int instance);        // all its connections to PostgreSQL
  void stop_postgres();          // as if it had crashed
  void start_postgres();
  void stall(int instance, std::chrono::milliseconds time);  // SIGSTOP, and SIGCONT after a while

  // From now on that is the database: another has taken over.
  void follow(const std::string& url) { database_url_ = url; }

  // In the short version: what would take a minute, the end of a dead instance's leases, has come.
  void let_time_pass() const;

  // Stops the faults and the load, waits until all that can be done is done, has the checker look at it, and
  // ends the instances and PostgreSQL.
  Outcome finish();

  std::string database_url() const { return database_url_; }

  const Run run;

 private:
  support::TemporaryDirectory data_;

 public:
  embedded::EmbeddedPostgres postgres;
  History history;
  Weather weather;
  Failpoints failpoints;
  Surroundings surroundings;
  Town town;

 private:
  support::Variables variables(int instance, int start) const;
  void prepare_database();
  std::string left_to_do() const;
  void drain();
  Evidence evidence();
  void complain(Outcome& outcome);
  std::chrono::milliseconds longest_silence(const Records& records) const;

  StageOptions options_;
  std::string database_url_;
  Outcome outcome_;
  Instant began_{};

 public:
  std::optional<Fleet> fleet;

 private:
  std::optional<Load> load_;  // last: it uses the rest
};

}  // namespace orchestrator::chaos
