// Forgets what is long over, a little at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "orchestrator/instant.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use, also by several instances: rows that somebody else holds are passed over. The
// database must outlive the store. Throws what storage/errors.hpp lists.
class RetentionStore {
 public:
  explicit RetentionStore(Database& database) : database_(database) {}

  enum class Kind {
    finished_messages,  // of message_queue; whatever still waits stays, however old. `messages` is untouched.
    log_entries,        // of agent_actions_log
    inbound_messages,   // of inbound_queue; whatever waits or is in process stays
    turns,              // of inbound_turns
    reformulations,     // of reformulation_requests; what nobody has taken up stays
  };
  // How far a sweep has come: the UUID examined last; nothing: the beginning. Identifiers are in the order of
  // time, so a sweep ends at `before` and looks at no row twice.
  using Cursor = std::optional<std::string>;

  struct Batch {
    std::size_t deleted = 0;
    Cursor next;  // nothing: the sweep has come to its end
  };
  // One transaction: examines up to `limit` rows that follow the cursor and deletes those among them that
  // were over before `before`.
  Batch delete_batch(Kind kind, Instant before, std::size_t limit, const Cursor& cursor);

  // Writes into the log that a sweep over everything has ended, for those who watch.
  void note_sweep(std::size_t deleted, Instant now);

 private:
  Database& database_;
};

// The statement that delete_batch runs.
const std::string& delete_statement(RetentionStore::Kind kind);

}  // namespace orchestrator::storage
