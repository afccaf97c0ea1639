// What has happened, read from the rows that tell of it: decisions and operations in agent_actions_log, and
// messages put into message_queue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/event_row.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class EventStore {
 public:
  explicit EventStore(Database& database) : database_(database) {}

  struct Span {
    Instant from;
    Instant until;
    std::string from_id = {};  // a UUID: nothing before it; empty: no such limit
  };
  struct Place {
    std::string id;
    UserId user;
    bool is_in_queue = false;
  };
  // Where the rows of a span are, in the order of their ids; the newest `most` of them. Reads an index only.
  // A row whose transaction ends late appears among others that have been there before.
  std::vector<Place> places(const Span& span, std::size_t most);

  // Rows that tell nothing to anybody are left out. In the order of their ids.
  std::vector<EventRow> read(const std::vector<Place>& places);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
