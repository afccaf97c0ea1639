// Keeps the tables from growing for ever: what has been over for RETENTION_DAYS is deleted, a batch at a time
// between passes, the whole table once an hour.
#pragma once

#include <cstddef>
#include <optional>

#include "orchestrator/instant.hpp"
#include "storage/retention_store.hpp"

namespace orchestrator::processor {

// What was deleted.
struct RetentionSummary {
  std::size_t messages = 0;        // rows of message_queue
  std::size_t log_entries = 0;     // rows of agent_actions_log
  std::size_t inbound = 0;         // rows of inbound_queue and inbound_turns
  std::size_t reformulations = 0;  // requests that were taken up
  std::size_t batches = 0;         // transactions
};

// For one thread. The store must outlive it.
class Retention {
 public:
  // `days` 0: nothing is ever deleted.
  Retention(storage::RetentionStore& store, int days) : store_(store), days_(days) {}

  // At most one small transaction; none when the sweep of this hour is done. Throws what storage/errors.hpp
  // lists; the next call then goes on where this one began.
  RetentionSummary tick(Instant now);

 private:
  storage::RetentionStore& store_;
  const int days_;
  Instant next_sweep_ = Instant::min();
  std::size_t kind_ = 0;                    // what is being swept
  storage::RetentionStore::Cursor cursor_;  // how far
  std::size_t deleted_ = 0;                 // in this sweep
};

}  // namespace orchestrator::processor
