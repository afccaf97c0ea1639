// Messages that people's own words have overtaken, for their agents to take up.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/rendering.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class ReformulationStore {
 public:
  explicit ReformulationStore(Database& database) : database_(database) {}

  // The requests that nobody has taken up, oldest first; only those made after `since`, if that is given.
  std::vector<ReformulationRequest> open(std::optional<Instant> since, std::size_t limit);

  // Marks a request as taken up; one that is already stays so. False for an unknown id.
  bool finish(const std::string& id, Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
