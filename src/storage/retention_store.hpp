// Deletes old rows, in small batches.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "orchestrator/instant.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use, also by several instances: rows that another transaction has locked are skipped.
// The database must outlive the store. Throws what storage/errors.hpp lists.
class RetentionStore {
 public:
  explicit RetentionStore(Database& database) : database_(database) {}

  enum class Kind {
    finished_messages,  // of message_queue; waiting ones stay, however old. `messages` is untouched.
    log_entries,        // of agent_actions_log
    inbound_messages,   // of inbound_queue; waiting ones and those in process stay
    turns,              // of inbound_turns
    reformulations,     // of reformulation_requests; open ones stay
    earlier_contents,   // of the table of that name
    minute_counts,
  };
  // The position of a sweep: the row examined last; none: the beginning. A sweep goes through one logical
  // shard after the other. Ids are in the order of time, so it ends in each at `before`, and examines no row
  // twice.
  struct Position {
    int shard = 0;
    std::string id;
  };
  using Cursor = std::optional<Position>;

  struct Batch {
    std::size_t deleted = 0;
    Cursor next;  // none: the sweep is complete
  };
  // One transaction: examines up to `limit` rows that follow the cursor and deletes those that ended before
  // `before`.
  Batch delete_batch(Kind kind, Instant before, std::size_t limit, const Cursor& cursor);

  // Logs that a sweep over all tables has ended; GET /events reports it.
  void log_sweep(std::size_t deleted, Instant now);

 private:
  Database& database_;
};

// The statement that delete_batch runs.
const std::string& delete_statement(RetentionStore::Kind kind);

}  // namespace orchestrator::storage
