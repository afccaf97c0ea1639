// Runs scenarios in which instances, connections and databases fail under load, and reports what was lost.
// See scripts/chaos.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "chaos/scenario.hpp"
#include "chaos/transaction_kinds.hpp"
#include "embedded/embedded_postgres.hpp"
#include "logging/logging.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator::chaos {
namespace {

constexpr int kMaxListed = 20;  // violations and failures listed per scenario

unsigned seed_of_run() {
  const char* given = std::getenv("ORCHESTRATOR_CHAOS_SEED");
  return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}() % 1'000'000;
}

struct ScenarioResult {
  const Scenario* scenario;
  Outcome outcome;
};

void show(const Outcome& outcome, const std::filesystem::path& directory) {
  int listed = 0;
  for (const Violation& violation : outcome.violations) {
    if (++listed <= kMaxListed)
      std::fprintf(stderr, "  %s: %s\n", to_text(violation.invariant).c_str(), violation.what.c_str());
  }
  listed = 0;
  for (const std::string& failure : outcome.failures) {
    if (++listed <= kMaxListed) std::fprintf(stderr, "  %s\n", failure.c_str());
  }
  for (const std::string& note : outcome.notes) std::fprintf(stderr, "  (%s)\n", note.c_str());
  if (!outcome.is_good()) std::fprintf(stderr, "  logs and history: %s\n", directory.c_str());
}

void print_table(const std::vector<ScenarioResult>& all, unsigned seed) {
  std::printf(
      "| scenario | kills | cuts | stops | acknowledged | lost | promoted twice | sent twice | limits "
      "exceeded | order broken | unexplained | longest silence |\n|---|%s\n",
      "--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
  for (const auto& [scenario, outcome] : all) {
    std::printf("| %s | %d | %d | %d | %zu |", scenario->what, outcome.kills, outcome.cuts, outcome.stops,
                outcome.acknowledged);
    for (const Invariant invariant : kInvariants) std::printf(" %d |", count(outcome.violations, invariant));
    std::printf(" %.1f s |\n", static_cast<double>(outcome.longest_silence.count()) / 1000);
  }
  std::printf("\nSeed %u.\n", seed);
}

void print_commit_faults(const Failpoints::Counts& commit_faults) {
  std::printf("\n| commit of | kill before | kill after | cut before | cut after |\n|---|--:|--:|--:|--:|\n");
  for (std::size_t kind = 0; kind < commit_faults.size(); ++kind) {
    std::printf("| %s |", std::string(transaction_kinds()[kind].name).c_str());
    for (const int times : commit_faults[kind]) std::printf(" %d |", times);
    std::printf("\n");
  }
}

struct Options {
  bool is_long = false;
  std::chrono::minutes minutes{30};
  std::vector<std::string> names;  // empty: all
};

Options options_from(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "long") {
      options.is_long = true;
    } else if (argument.find_first_not_of("0123456789") == std::string::npos) {
      options.minutes = std::chrono::minutes{std::stoi(argument)};
    } else {
      options.names.push_back(argument);
    }
  }
  return options;
}

std::vector<const Scenario*> chosen(const Options& options) {
  std::vector<const Scenario*> found;
  for (const Scenario& scenario : scenarios()) {
    const bool is_named = std::ranges::find(options.names, scenario.name) != options.names.end();
    if (options.names.empty() || is_named) found.push_back(&scenario);
  }
  if (!options.names.empty() && found.size() != options.names.size()) {
    std::string names;
    for (const Scenario& scenario : scenarios()) names += std::string(" ") + scenario.name;
    throw std::invalid_argument("scenarios are:" + names);
  }
  return found;
}

int run_scenarios(const Options& options) {
  const unsigned seed = seed_of_run();
  const auto chosen_scenarios = chosen(options);
  std::fprintf(stderr, "seed %u\n", seed);
  const support::TemporaryDirectory place;
  { const embedded::EmbeddedPostgres made_once({.data_dir = place.path(), .durable = false}); }
  std::vector<ScenarioResult> all;
  for (const Scenario* scenario : chosen_scenarios) {
    const std::chrono::seconds long_time =
        std::chrono::seconds{options.minutes} / static_cast<long>(chosen_scenarios.size());
    Run run{seed, options.is_long, options.is_long ? long_time : scenario->short_time, {}, {}};
    run.cluster = place.path() / "postgres";
    run.directory = std::filesystem::temp_directory_path() /
                    ("orchestrator-chaos-" + std::string(scenario->name) + "-" + std::to_string(seed));
    std::filesystem::remove_all(run.directory);
    std::filesystem::create_directories(run.directory);
    std::fprintf(stderr, "%s: %s, %lld s ...\n", scenario->name, scenario->what,
                 static_cast<long long>(run.time.count()));
    all.push_back({scenario, scenario->run(run)});
    show(all.back().outcome, run.directory);
    if (all.back().outcome.is_good()) std::filesystem::remove_all(run.directory);
  }
  print_table(all, seed);
  for (const auto& [scenario, outcome] : all) {
    if (!outcome.commit_faults.empty()) print_commit_faults(outcome.commit_faults);
  }
  return std::ranges::all_of(all, [](const ScenarioResult& result) { return result.outcome.is_good(); })
             ? EXIT_SUCCESS
             : EXIT_FAILURE;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"crashes", "crashes at every commit", std::chrono::seconds{55}, run_crashes},
      {"outage", "the database away", std::chrono::seconds{12}, run_outage},
      {"clocks", "clocks astray, instances stalled", std::chrono::seconds{18}, run_clocks},
      {"pooler", "crashes behind PgBouncer", std::chrono::seconds{12}, run_pooler},
      {"failover", "a standby takes over", std::chrono::seconds{10}, run_failover},
  };
  return all;
}

}  // namespace orchestrator::chaos

int main(int argc, char** argv) {
  orchestrator::logging::start({.level = orchestrator::LogLevel::error});
  try {
    return orchestrator::chaos::run_scenarios(orchestrator::chaos::options_from(argc, argv));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "chaos: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
