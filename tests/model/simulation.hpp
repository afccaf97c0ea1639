// One world: a database, a clock, hundreds of lives, and passes that are checked one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "policy/policy.hpp"

namespace orchestrator::model {

using PlanUser = std::function<decltype(policy::plan_user)>;

struct WorldOptions {
  std::uint64_t seed = 0;  // of the world and, with a life's number added, of the life
  int lives = 400;
  int steps = 350;
  std::uint64_t writes_per_mille = 90;  // lives in which somebody writes, a step
  PlanUser plan = policy::plan_user;
};

struct Outcome {
  std::string violation = {};  // with the history of the life; "" when every promise was kept
  std::size_t sent = 0;
  std::size_t looks = 0;
  double days = 0;  // that went by
};

// Lives through it until the end or the first promise broken. What happens follows from the options alone.
Outcome live_through(const WorldOptions& options);

}  // namespace orchestrator::model
