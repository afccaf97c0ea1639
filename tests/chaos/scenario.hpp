// A scenario's input and result.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "chaos/checker.hpp"
#include "chaos/failpoints.hpp"

namespace orchestrator::chaos {

struct Run {
  unsigned seed = 0;
  bool is_long = false;
  std::chrono::seconds time{0};     // load time at most, without the final drain
  std::filesystem::path directory;  // logs and history; kept when the run fails
  std::filesystem::path cluster;    // a stopped PostgreSQL cluster; the scenario works on a copy
};

// A row of the result table.
struct Outcome {
  int kills = 0;  // SIGKILL, at commits and at random
  int cuts = 0;   // connections cut
  int stops = 0;  // PostgreSQL, instances and other processes stopped
  std::size_t acknowledged = 0;
  std::chrono::milliseconds longest_silence{0};  // longest time between two acknowledgements
  Violations violations;
  std::vector<std::string> failures;  // other errors; any of them fails the run
  std::vector<std::string> notes;     // measurements, for the reader
  Failpoints::Counts commit_faults;   // empty: no faults at commits

  bool is_good() const { return violations.empty() && failures.empty(); }
};

struct Scenario {
  const char* name;
  const char* what;
  std::chrono::seconds short_time;
  Outcome (*run)(const Run& run);
};

const std::vector<Scenario>& scenarios();

Outcome run_crashes(const Run& run);
Outcome run_outage(const Run& run);
Outcome run_clocks(const Run& run);
Outcome run_pooler(const Run& run);
Outcome run_failover(const Run& run);

}  // namespace orchestrator::chaos
