// Requests to reformulate messages that no longer fit what the user has written since.
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

  // The requests that are not done, oldest first; only those made after `since`, if it is given.
  std::vector<ReformulationRequest> open(std::optional<Instant> since, std::size_t limit);

  // Marks a request as done; one that is done stays so. False for an unknown id.
  bool finish(const std::string& id, Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
