// Deletes rows that ended more than RETENTION_DAYS ago: one batch at a time between passes, one sweep over
// all tables an hour.
#pragma once

#include <cstddef>
#include <optional>

#include "orchestrator/instant.hpp"
#include "storage/retention_store.hpp"

namespace orchestrator::processor {

// What was deleted.
struct RetentionSummary {
  std::size_t messages = 0;        // rows of message_queue and earlier_contents
  std::size_t log_entries = 0;     // rows of agent_actions_log
  std::size_t inbound = 0;         // rows of inbound_queue and inbound_turns
  std::size_t reformulations = 0;  // requests that are done
  std::size_t minute_counts = 0;   // rows of minute_counts
  std::size_t batches = 0;         // transactions
};

// For one thread. The store must outlive it.
class Retention {
 public:
  // `days` 0: nothing is deleted.
  Retention(storage::RetentionStore& store, int days) : store_(store), days_(days) {}

  // Runs at most one small transaction, and none when this hour's sweep is complete. Throws what
  // storage/errors.hpp lists; the next call then repeats the batch.
  RetentionSummary tick(Instant now);

 private:
  storage::RetentionStore& store_;
  const int days_;
  Instant next_sweep_ = Instant::min();
  std::size_t kind_ = 0;                    // index of the kind that is being swept
  storage::RetentionStore::Cursor cursor_;  // the sweep's position in it
  std::size_t deleted_ = 0;                 // in this sweep
};

}  // namespace orchestrator::processor
