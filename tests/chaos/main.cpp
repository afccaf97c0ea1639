// Plays scenarios in which instances, connections and databases fail under load, and says what was lost. See
// scripts/chaos.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "chaos/kinds.hpp"
#include "chaos/scenario.hpp"
#include "embedded/embedded_postgres.hpp"
#include "logging/logging.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator::chaos {
namespace {

constexpr int kShown = 20;  // violations and complaints of a scenario

unsigned seed_of_run() {
  const char* given = std::getenv("ORCHESTRATOR_CHAOS_SEED");
  return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}() % 1'000'000;
}

struct Played {
  const Scenario* scenario;
  Outcome outcome;
};

void show(const Outcome& outcome, const std::filesystem::path& directory) {
  int shown = 0;
  for (const Violation& violation : outcome.violations) {
    if (++shown <= kShown)
      std::fprintf(stderr, "  %s: %s\n", to_text(violation.promise).c_str(), violation.what.c_str());
  }
  shown = 0;
  for (const std::string& complaint : outcome.complaints) {
    if (++shown <= kShown) std::fprintf(stderr, "  %s\n", complaint.c_str());
  }
  for (const std::string& note : outcome.notes) std::fprintf(stderr, "  (%s)\n", note.c_str());
  if (!outcome.is_good()) std::fprintf(stderr, "  logs and history: %s\n", directory.c_str());
}

void print_table(const std::vector<Played>& all, unsigned seed) {
  std::printf(
      "| scenario | kills | cuts | stops | acknowledged | lost | promoted twice | sent twice | limits "
      "exceeded | order broken | unexplained | longest silence |\n|---|%s\n",
      "--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
  for (const auto& [scenario, outcome] : all) {
    std::printf("| %s | %d | %d | %d | %zu |", scenario->what, outcome.kills, outcome.cuts, outcome.stops,
                outcome.acknowledged);
    for (const Promise promise : kPromises) std::printf(" %d |", count(outcome.violations, promise));
    std::printf(" %.1f s |\n", static_cast<double>(outcome.longest_silence.count()) / 1000);
  }
  std::printf("\nSeed %u.\n", seed);
}

void print_strikes(const Failpoints::Counts& strikes) {
  std::printf("\n| commit of | kill before | kill after | cut before | cut after |\n|---|--:|--:|--:|--:|\n");
  for (std::size_t kind = 0; kind < strikes.size(); ++kind) {
    std::printf("| %s |", std::string(kinds()[kind].name).c_str());
    for (const int times : strikes[kind]) std::printf(" %d |", times);
    std::printf("\n");
  }
}

struct Wishes {
  bool is_long = false;
  std::chrono::minutes minutes{30};
  std::vector<std::string> names;  // none: all
};

Wishes wishes_from(int argc, char** argv) {
  Wishes wishes;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "long") {
      wishes.is_long = true;
    } else if (argument.find_first_not_of("0123456789") == std::string::npos) {
      wishes.minutes = std::chrono::minutes{std::stoi(argument)};
    } else {
      wishes.names.push_back(argument);
    }
  }
  return wishes;
}

std::vector<const Scenario*> chosen(const Wishes& wishes) {
  std::vector<const Scenario*> found;
  for (const Scenario& scenario : scenarios()) {
    const bool is_named = std::ranges::find(wishes.names, scenario.name) != wishes.names.end();
    if (wishes.names.empty() || is_named) found.push_back(&scenario);
  }
  if (!wishes.names.empty() && found.size() != wishes.names.size()) {
    std::string names;
    for (const Scenario& scenario : scenarios()) names += std::string(" ") + scenario.name;
    throw std::invalid_argument("scenarios are:" + names);
  }
  return found;
}

int play(const Wishes& wishes) {
  const unsigned seed = seed_of_run();
  const auto scenarios_to_play = chosen(wishes);
  std::fprintf(stderr, "seed %u\n", seed);
  const support::TemporaryDirectory place;
  { const embedded::EmbeddedPostgres made_once({.data_dir = place.path(), .durable = false}); }
  std::vector<Played> all;
  for (const Scenario* scenario : scenarios_to_play) {
    const std::chrono::seconds long_time =
        std::chrono::seconds{wishes.minutes} / static_cast<long>(scenarios_to_play.size());
    Run run{seed, wishes.is_long, wishes.is_long ? long_time : scenario->short_time, {}, {}};
    run.cluster = place.path() / "postgres";
    run.directory = std::filesystem::temp_directory_path() /
                    ("orchestrator-chaos-" + std::string(scenario->name) + "-" + std::to_string(seed));
    std::filesystem::remove_all(run.directory);
    std::filesystem::create_directories(run.directory);
    std::fprintf(stderr, "%s: %s, %lld s ...\n", scenario->name, scenario->what,
                 static_cast<long long>(run.time.count()));
    all.push_back({scenario, scenario->play(run)});
    show(all.back().outcome, run.directory);
    if (all.back().outcome.is_good()) std::filesystem::remove_all(run.directory);
  }
  print_table(all, seed);
  for (const auto& [scenario, outcome] : all) {
    if (!outcome.strikes.empty()) print_strikes(outcome.strikes);
  }
  return std::ranges::all_of(all, [](const Played& played) { return played.outcome.is_good(); })
             ? EXIT_SUCCESS
             : EXIT_FAILURE;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"crashes", "crashes at every commit", std::chrono::seconds{55}, play_crashes},
      {"outage", "the database away", std::chrono::seconds{12}, play_outage},
      {"clocks", "clocks astray, instances stalled", std::chrono::seconds{18}, play_clocks},
      {"pooler", "crashes behind PgBouncer", std::chrono::seconds{12}, play_pooler},
      {"failover", "a standby takes over", std::chrono::seconds{10}, play_failover},
  };
  return all;
}

}  // namespace orchestrator::chaos

int main(int argc, char** argv) {
  logging::start({.level = orchestrator::LogLevel::error});
  try {
    return orchestrator::chaos::play(orchestrator::chaos::wishes_from(argc, argv));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "chaos: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
