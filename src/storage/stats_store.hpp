// Figures for the monitoring: how much is waiting.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/messages.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class StatsStore {
 public:
  explicit StatsStore(Database& database) : database_(database) {}

  // Counts all waiting messages: scans their index, so not for every request.
  std::vector<QueueDepth> queue_depth();

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
