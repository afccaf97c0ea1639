// How waiting messages are read, by passes and by those who only look. Only src/storage/*.cpp include this.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/rules.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// From id, priority, scheduled_for, expires_at (micros), can_delay, sequence_id, has_content,
// requires_fresh_context, context_as_of (micros; null: of no interest), context_checks, is_awaiting.
QueuedMessage message_from(const pqxx::row& row);

// Sequences by user and sequence id, as two parallel arrays for the statements.
struct SequenceNames {
  std::vector<std::string> users = {};
  std::vector<std::string> sequences = {};

  void add(const UserId& user, const QueuedMessage& message);
};

struct LineOfUser {
  const UserId& user;
  WaitingLine& line;
};

// Completes the sequences in these lines with their parts.
void read_parts(Transaction& transaction, const std::vector<LineOfUser>& lines);

}  // namespace orchestrator::storage
