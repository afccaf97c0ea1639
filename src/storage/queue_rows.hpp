// How waiting messages are read, for passes and for queries. Only src/storage/*.cpp include this.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/rules.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// How many waiting messages of a user are taken as the whole queue; one less than read_claimed_users.sql and
// read_user_states.sql read.
inline constexpr std::size_t kWholeQueue = 8;

// Reads the columns of sql/pieces/waiting_message_columns.sql, which stand together and in that order.
QueuedMessage message_from(const pqxx::row& row);

// Names sequences by user id and sequence id, as two parallel arrays for the statements.
struct SequenceKeys {
  std::vector<std::string> user_ids = {};
  std::vector<std::string> sequence_ids = {};

  void add(const UserId& user, const QueuedMessage& message);
};

// A user's queue, of which the sequences are to be completed.
struct SequenceTarget {
  const UserId& user;
  UserQueue& queue;
};

// Adds the parts to the sequences in these queues.
void read_parts(Transaction& transaction, const std::vector<SequenceTarget>& targets);

}  // namespace orchestrator::storage
