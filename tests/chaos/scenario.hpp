// What a scenario is given, and what it has to tell.
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
  std::chrono::seconds time{0};     // of the scenario, without its end; at most
  std::filesystem::path directory;  // logs and history; kept when something is wrong
  std::filesystem::path cluster;    // of a PostgreSQL at rest; the scenario works on a copy
};

// A line of the table.
struct Outcome {
  int kills = 0;  // SIGKILL, at commits and at random
  int cuts = 0;   // of connections
  int stops = 0;  // of PostgreSQL, of instances, of whatever the scenario stops
  std::size_t acknowledged = 0;
  std::chrono::milliseconds longest_silence{0};  // between two acknowledgements
  Violations violations;
  std::vector<std::string> complaints;  // whatever else is not as it should be; any fails the run
  std::vector<std::string> notes;       // for the reader: what was measured
  Failpoints::Counts strikes;           // empty: the scenario strikes at no commits

  bool is_good() const { return violations.empty() && complaints.empty(); }
};

struct Scenario {
  const char* name;
  const char* what;
  std::chrono::seconds short_time;
  Outcome (*play)(const Run& run);
};

const std::vector<Scenario>& scenarios();

Outcome play_crashes(const Run& run);
Outcome play_outage(const Run& run);
Outcome play_clocks(const Run& run);
Outcome play_pooler(const Run& run);
Outcome play_failover(const Run& run);

}  // namespace orchestrator::chaos
