// The rows from which events are derived: decisions and operations in agent_actions_log, and messages
// inserted into message_queue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/event_row.hpp"
#include "orchestrator/logical_shards.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class EventStore {
 public:
  // `shards`: those of the database.
  EventStore(Database& database, LogicalShards shards) : database_(database), shards_(shards) {}

  struct Span {
    Instant from;
    Instant until;
    std::string from_id = {};  // a UUID; rows with smaller ids are left out; empty: no such limit
  };
  // agent_actions_log, message_queue, or promoted rows of `messages`.
  enum class Table { log, queue, messages };
  struct Place {
    std::string id;
    int shard = 0;  // the logical shard of its user
    Table table = Table::log;
  };
  // Where the newest `limit` rows of a span are, in the order of their ids. A row whose transaction commits
  // late appears among rows that were already visible. Reads little more than these rows, however many
  // logical shards there are.
  std::vector<Place> places(const Span& span, std::size_t limit);

  // The rows in the order of their ids, without log entries of other writers.
  std::vector<EventRow> read(const std::vector<Place>& places);

 private:
  Database& database_;
  const LogicalShards shards_;
};

}  // namespace orchestrator::storage
