// Deliberate bugs, of kinds that the rules have had, to prove that the model test finds them. Each behaves
// like policy::plan_user except for one mistake.
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

// For test reports.
inline std::ostream& operator<<(std::ostream& out, const PlantedBug& bug) { return out << bug.name; }

std::vector<PlantedBug> planted_bugs();

}  // namespace orchestrator::model
