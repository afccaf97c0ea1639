// Single messages: reading and cancelling one, and the whole queue of its user.
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

  // None for an id that is unknown or not a UUID.
  std::optional<MessageRecord> find(const MessageId& id);

  // Cancels a waiting message, with all parts of its sequence, and stores `reason`. A message that is
  // cancelled already counts as cancelled.
  Cancellation cancel(const MessageId& id, const std::string& reason, Instant now);

  // The user's facts and waiting messages, at most `limit`. None for an unknown user.
  std::optional<UserSnapshot> snapshot_of(const UserId& user, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
