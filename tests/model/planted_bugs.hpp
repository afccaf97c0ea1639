// Bugs of the kind that such rules really had, to see that the model test would find them. Each decides as
// policy::plan_user does, but for one mistake.
#pragma once

#include <string>
#include <vector>

#include "model/simulation.hpp"

namespace orchestrator::model {

struct PlantedBug {
  std::string name;
  PlanUser plan;
};

std::vector<PlantedBug> planted_bugs();

}  // namespace orchestrator::model
