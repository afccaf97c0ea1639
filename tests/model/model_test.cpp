// Simulates thousands of users on a real database, each with an own seed, and checks every pass against the
// Expectation. Planted bugs prove that violations are found.
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

constexpr int kUsersPerWorld = 500;
constexpr int kDefaultUsers = 2000;

std::optional<std::uint64_t> number_from_environment(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  return std::stoull(text);
}

// ORCHESTRATOR_TEST_SEED replays one world. ORCHESTRATOR_MODEL_SEEDS sets the number of users, with a random
// first seed; otherwise the seed is constant, so that a failure is caused by a change and not by chance.
constexpr std::uint64_t kDefaultSeed = 20'261'120;

TEST(Model, KeepsEveryRuleForThousandsOfUsers) {
  const auto given = number_from_environment("ORCHESTRATOR_TEST_SEED");
  const bool is_exploring = number_from_environment("ORCHESTRATOR_MODEL_SEEDS").has_value();
  const std::uint64_t first_seed = given.value_or(is_exploring ? std::random_device{}() : kDefaultSeed);
  // The server ends with the thread that starts it: start it here, not in a thread below.
  const support::TestDatabase of_this_thread;
  const std::uint64_t users =
      given ? kUsersPerWorld : number_from_environment("ORCHESTRATOR_MODEL_SEEDS").value_or(kDefaultUsers);
  for (std::uint64_t done = 0; done < users; done += 2 * kUsersPerWorld) {
    std::vector<std::future<Outcome>> worlds;
    for (std::uint64_t next = done; next < std::min(users, done + 2 * kUsersPerWorld);
         next += kUsersPerWorld) {
      worlds.push_back(std::async(std::launch::async, [seed = first_seed + next] {
        return simulate({.seed = seed, .users = kUsersPerWorld});
      }));
    }
    for (std::size_t i = 0; i < worlds.size(); ++i) {
      const Outcome outcome = worlds[i].get();
      const std::uint64_t seed = first_seed + done + i * kUsersPerWorld;
      std::cout << "seed " << seed << ": " << kUsersPerWorld << " users, " << outcome.days << " days, "
                << outcome.passes << " passes, " << outcome.sent << " sent, " << outcome.promoted_at_once
                << " of them at once\n";
      ASSERT_TRUE(outcome.violation.empty())
          << outcome.violation << "replay: ORCHESTRATOR_TEST_SEED=" << seed;
      EXPECT_GT(outcome.days, 10.0);
      EXPECT_GT(outcome.sent, outcome.passes) << "too few messages were sent";
      EXPECT_GT(outcome.promoted_at_once, 100U);
    }
  }
}

constexpr std::uint64_t kSmallWorlds = 24;

// Many writes for few users, so that violations occur early.
WorldOptions small_world(std::uint64_t number) {
  return {.seed = number * 1000, .users = 120, .steps = 250, .writes_per_mille = 120};
}

// The first violation in small worlds; "" if there is none.
std::string first_violation(const std::function<void(WorldOptions&)>& plant) {
  for (std::uint64_t seed = 1; seed <= kSmallWorlds; ++seed) {
    WorldOptions world = small_world(seed);
    plant(world);
    const Outcome outcome = simulate(world);
    if (!outcome.violation.empty()) return outcome.violation.substr(0, outcome.violation.find('\n'));
  }
  return "";
}

class PlantedBugs : public testing::TestWithParam<PlantedBug> {};

TEST_P(PlantedBugs, IsFound) {
  const std::string violation = first_violation([](WorldOptions& world) { world.plan = GetParam().plan; });
  EXPECT_NE(violation, "") << "no world found the bug";
  std::cout << violation << "\n";
}

INSTANTIATE_TEST_SUITE_P(Model, PlantedBugs, testing::ValuesIn(planted_bugs()),
                         [](const auto& bug) { return bug.param.name; });

TEST(Model, FindsPromotionsThatIgnoreWhatWasWrittenSinceTheirDecision) {
  const std::string violation = first_violation([](WorldOptions& world) { world.ignores_versions = true; });
  EXPECT_NE(violation, "");
  std::cout << violation << "\n";
}

// The same world without a bug has no violation.
TEST(Model, FindsNothingWithoutABug) { EXPECT_EQ(simulate(small_world(1)).violation, ""); }

}  // namespace
}  // namespace orchestrator::model
