// Thousands of lives on a real database, each drawn from a seed of its own; every look at them is checked
// against the contract. And the test of that test: bugs planted on purpose are all found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <iostream>
#include <random>

#include "model/planted_bugs.hpp"
#include "model/simulation.hpp"
#include "support/database.hpp"

namespace orchestrator::model {
namespace {

constexpr int kLivesInWorld = 500;
constexpr int kDefaultLives = 2000;

std::optional<std::uint64_t> number_from_environment(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  return std::stoull(text);
}

// ORCHESTRATOR_TEST_SEED lives through one world again. Whoever asks for more lives gets new ones; otherwise
// they are always the same, so that a test run says something of the change and not of the dice.
constexpr std::uint64_t kEverydaySeed = 20'261'120;

TEST(Model, EveryPromiseIsKeptInThousandsOfLives) {
  const auto given = number_from_environment("ORCHESTRATOR_TEST_SEED");
  const bool is_exploring = number_from_environment("ORCHESTRATOR_MODEL_SEEDS").has_value();
  const std::uint64_t first_seed = given.value_or(is_exploring ? std::random_device{}() : kEverydaySeed);
  // The server is a child of the thread that starts it, and ends with it: not of one of those below.
  const support::TestDatabase of_this_thread;
  const std::uint64_t lives =
      given ? kLivesInWorld : number_from_environment("ORCHESTRATOR_MODEL_SEEDS").value_or(kDefaultLives);
  for (std::uint64_t done = 0; done < lives; done += 2 * kLivesInWorld) {
    std::vector<std::future<Outcome>> worlds;
    for (std::uint64_t next = done; next < std::min(lives, done + 2 * kLivesInWorld); next += kLivesInWorld) {
      worlds.push_back(std::async(std::launch::async, [seed = first_seed + next] {
        return live_through({.seed = seed, .lives = kLivesInWorld});
      }));
    }
    for (std::size_t i = 0; i < worlds.size(); ++i) {
      const Outcome outcome = worlds[i].get();
      const std::uint64_t seed = first_seed + done + i * kLivesInWorld;
      std::cout << "seed " << seed << ": " << kLivesInWorld << " lives, " << outcome.days << " days, "
                << outcome.looks << " looks, " << outcome.sent << " sent\n";
      ASSERT_TRUE(outcome.violation.empty())
          << outcome.violation << "replay: ORCHESTRATOR_TEST_SEED=" << seed;
      EXPECT_GT(outcome.days, 10.0);
      EXPECT_GT(outcome.sent, outcome.looks) << "the lives drawn are too tame";
    }
  }
}

constexpr std::uint64_t kSmallWorlds = 24;

// Crowded, so that whatever can go wrong does so soon.
WorldOptions small_world(std::uint64_t number) {
  return {.seed = number * 1000, .lives = 120, .steps = 250, .writes_per_mille = 120};
}

class PlantedBugs : public testing::TestWithParam<PlantedBug> {};

TEST_P(PlantedBugs, IsFound) {
  for (std::uint64_t seed = 1; seed <= kSmallWorlds; ++seed) {
    WorldOptions world = small_world(seed);
    world.plan = GetParam().plan;
    const Outcome outcome = live_through(world);
    if (outcome.violation.empty()) continue;
    std::cout << outcome.violation.substr(0, outcome.violation.find('\n')) << "\n";
    return;
  }
  ADD_FAILURE() << "nobody noticed";
}

INSTANTIATE_TEST_SUITE_P(Model, PlantedBugs, testing::ValuesIn(planted_bugs()),
                         [](const auto& bug) { return bug.param.name; });

// The same worlds without a bug: what is found above is found for a reason.
TEST(Model, NothingIsFoundWhereNothingIsPlanted) { EXPECT_EQ(live_through(small_world(1)).violation, ""); }

}  // namespace
}  // namespace orchestrator::model
