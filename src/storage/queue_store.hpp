// Puts accepted messages into `message_queue`.
#pragma once

#include <vector>

#include "orchestrator/messages.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class QueueStore {
 public:
  explicit QueueStore(Database& database) : database_(database) {}

  struct Draft {
    MessageId id;  // made by the caller, so that a repetition after a lost answer changes nothing
    ScheduleRequest request;
  };

  enum class Outcome { stored, unknown_user };

  // All in one transaction; an outcome per draft, in order. A draft whose id is stored already counts as
  // stored. The users' alarms are set by the table's trigger.
  std::vector<Outcome> insert(const std::vector<const Draft*>& drafts, Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
