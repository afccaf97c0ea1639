// How waiting messages are read, by passes and by those who only look. Only src/storage/*.cpp include this.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/rules.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// Reads the columns of sql/pieces/waiting_message_columns.sql, which stand together and in that order.
QueuedMessage message_from(const pqxx::row& row);

// Sequences by user and sequence id, as two parallel arrays for the statements.
struct SequenceNames {
  std::vector<std::string> users = {};
  std::vector<std::string> sequences = {};

  void add(const UserId& user, const QueuedMessage& message);
};

struct SequenceTarget {
  const UserId& user;
  UserQueue& line;
};

// Completes the sequences in these lines with their parts.
void read_parts(Transaction& transaction, const std::vector<SequenceTarget>& lines);

}  // namespace orchestrator::storage
