// One world: a database, a clock, hundreds of users, and passes, each of which is checked.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "policy/policy.hpp"

namespace orchestrator::model {

using PlanUser = std::function<decltype(policy::plan_user)>;

struct WorldOptions {
  std::uint64_t seed = 0;  // of the world; a user's seed is this plus the user's index
  int users = 400;
  int steps = 350;
  std::uint64_t writes_per_mille = 90;  // users for whom a row is written, per step
  bool ignores_versions = false;        // plants a bug in the promotions of posts
  PlanUser plan = policy::plan_user;
};

struct Outcome {
  std::string violation = {};  // with the history of the user; "" for none
  std::size_t sent = 0;
  std::size_t passes = 0;
  std::size_t promoted_at_once = 0;  // in the call that stored them
  double days = 0;                   // of simulated time
};

// Simulates a world until its end or the first violation. Deterministic: depends on the options only.
Outcome simulate(const WorldOptions& options);

}  // namespace orchestrator::model
