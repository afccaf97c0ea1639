// Figures for those who watch: how much is waiting.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/types.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class StatsStore {
 public:
  explicit StatsStore(Database& database) : database_(database) {}

  struct Depth {
    Priority lane = Priority::medium;
    std::string status;  // of message_queue, live ones only
    std::int64_t messages = 0;
  };
  // Counts all that waits: a scan of the live index, so not for every request.
  std::vector<Depth> queue_depth();

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
