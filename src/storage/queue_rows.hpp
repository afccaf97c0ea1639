// How waiting messages are read, by passes and by those who only look. Only src/storage/*.cpp include this.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/rules.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// For statements that call a row of message_queue `head`. context_as_of: null where it is of no interest.
inline const std::string kMessageColumns = R"sql(
  head.id, head.priority, micros(head.scheduled_for) AS scheduled_for, micros(head.expires_at) AS expires_at,
  head.can_delay, coalesce(head.sequence_id, '') AS sequence_id,
  message_text(head.final_message, head.message_data) IS NOT NULL AS has_content,
  head.requires_fresh_context, head.context_checks, head.awaiting IS NOT NULL AS is_awaiting,
  CASE WHEN head.requires_fresh_context OR head.awaiting IS NOT NULL
       THEN micros(coalesce(head.context_as_of, head.created_at)) END AS context_as_of)sql";

// From kMessageColumns, which stand together and in that order.
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
