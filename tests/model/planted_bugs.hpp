// Bugs of the kind that such rules really had, to see that the model test would find them. Each decides as
// policy::plan_user does, but for one mistake.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "model/simulation.hpp"

namespace orchestrator::model {

struct PlantedBug {
  std::string name;
  PlanUser plan;
};

// Its name, in reports of tests.
inline std::ostream& operator<<(std::ostream& out, const PlantedBug& bug) { return out << bug.name; }

std::vector<PlantedBug> planted_bugs();

}  // namespace orchestrator::model
