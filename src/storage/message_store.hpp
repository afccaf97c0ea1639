// Single messages: what became of one, and taking one back.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/message_record.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class MessageStore {
 public:
  explicit MessageStore(Database& database) : database_(database) {}

  // Nothing for an id that is unknown, or not a UUID.
  std::optional<MessageRecord> find(const MessageId& id);

  // Takes a waiting message back, a sequence as a whole; one that is cancelled already stays so, and counts
  // as cancelled. `reason` is stored with it.
  Cancellation cancel(const MessageId& id, const std::string& reason, Instant now);

  // The user's facts and everything in line, up to `most` messages; nothing for an unknown user.
  std::optional<UserSnapshot> snapshot_of(const UserId& user, std::size_t most);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
