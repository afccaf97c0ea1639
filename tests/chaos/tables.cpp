#include "chaos/evidence.hpp"
#include "support/llm_work.hpp"
#include "support/sql.hpp"

namespace orchestrator::chaos {
namespace {

constexpr const char* kQueue = R"sql(
SELECT id, user_id, coalesce(final_message, message_data ->> 'content') AS text, status,
       coalesce(status_reason, superseded_reason, '') AS reason, coalesce(supersede_key, '') AS supersede_key,
       coalesce(superseded_by_message_id::text, '') AS superseded_by, coalesce(sequence_id, '') AS sequence_id,
       coalesce(sequence_position, 0) AS sequence_position,
       coalesce(delivered_message_id::text, '') AS message_id,
       (SELECT question FROM llm_work WHERE llm_work.shard = message_queue.shard AND message_id = id) IS NOT NULL AS is_awaiting,
       micros(expires_at) AS expires_at
FROM message_queue WHERE user_id <> 'long_ago')sql";

// The population names every zone explicitly: the default zone applies only to people who have written by
// themselves.
constexpr const char* kSent = R"sql(
SELECT message.id, message.user_id, content, message.status, coalesce(error_code, '') AS error_code,
       coalesce(queue_id::text, '') AS queue_id, coalesce(purpose::text, '') AS purpose,
       coalesce(queue.sequence_id, '') AS sequence_id, micros(message.created_at) AS created_at,
       (there.at)::date AS local_date,
       message.next_attempt_at IS NOT NULL AS has_next_attempt,
       CASE WHEN users.quiet_hours_enabled IS FALSE OR quiet.starts = quiet.ends THEN false
            WHEN quiet.starts < quiet.ends THEN there.at::time >= quiet.starts AND there.at::time < quiet.ends
            ELSE there.at::time >= quiet.starts OR there.at::time < quiet.ends END AS in_quiet_hours
FROM messages AS message
JOIN users ON users.shard = message.shard AND users.id = message.user_id
LEFT JOIN message_queue AS queue
  ON queue.shard = message.shard AND queue.id = message.queue_id AND queue.user_id = message.user_id
CROSS JOIN LATERAL (SELECT message.created_at AT TIME ZONE coalesce(users.timezone, 'America/New_York')
                           AS at) AS there
CROSS JOIN LATERAL (SELECT coalesce(users.quiet_hours_start, '22:00') AS starts,
                           coalesce(users.quiet_hours_end, '08:00') AS ends) AS quiet
WHERE direction = 'outbound' AND message.user_id <> 'long_ago')sql";

constexpr const char* kInbound = R"sql(
SELECT queue.message_id, queue.user_id, message.content AS text, queue.status, queue.position,
       coalesce(queue.turn_id::text, '') AS turn_id, micros(queue.received_at) AS received_at
FROM inbound_queue AS queue
JOIN messages AS message
  ON message.shard = queue.shard AND message.id = queue.message_id AND message.user_id = queue.user_id
WHERE queue.status <> 'duplicate' AND queue.user_id <> 'long_ago')sql";

constexpr const char* kTurns = R"sql(
SELECT id, user_id, status, coalesce(error, '') AS error, coalesce(reply_message_id::text, '') AS reply_id,
       micros(created_at) AS created_at, micros(finished_at) AS finished_at, attempt
FROM inbound_turns WHERE user_id <> 'long_ago')sql";

constexpr const char* kPeople = R"sql(
SELECT id, coalesce(phone_number, '') AS phone_number, coalesce(users.hourly_limit, 0) AS hourly_limit,
       coalesce(users.daily_limit, 0) AS daily_limit, opted_out_at IS NOT NULL AS has_opted_out,
       micros(next_attempt_at) AS next_attempt_at, coalesce(date::text, '') AS counted_date,
       coalesce(messages_sent, 0) AS messages_sent, micros(last_message_at) AS last_message_at
FROM users LEFT JOIN user_message_budget AS budget ON budget.shard = users.shard AND user_id = id
WHERE id <> 'long_ago')sql";

std::string text_of(const pqxx::row& row, const char* column) { return row[column].as<std::string>(""); }

Instant instant_of(const pqxx::row& row, const char* column) {
  return Instant{Duration{row[column].as<std::int64_t>()}};
}

std::optional<Instant> optional_instant_of(const pqxx::row& row, const char* column) {
  if (row[column].is_null()) return std::nullopt;
  return instant_of(row, column);
}

QueueRow queue_row(const pqxx::row& row) {
  return {.id = text_of(row, "id"),
          .user = text_of(row, "user_id"),
          .text = text_of(row, "text"),
          .status = text_of(row, "status"),
          .reason = text_of(row, "reason"),
          .supersede_key = text_of(row, "supersede_key"),
          .superseded_by = text_of(row, "superseded_by"),
          .sequence_id = text_of(row, "sequence_id"),
          .sequence_position = row["sequence_position"].as<int>(),
          .message_id = text_of(row, "message_id"),
          .is_awaiting = row["is_awaiting"].as<bool>(),
          .expires_at = optional_instant_of(row, "expires_at")};
}

SentRow sent_row(const pqxx::row& row) {
  return {.id = text_of(row, "id"),
          .user = text_of(row, "user_id"),
          .text = text_of(row, "content"),
          .status = text_of(row, "status"),
          .error_code = text_of(row, "error_code"),
          .queue_id = text_of(row, "queue_id"),
          .purpose = text_of(row, "purpose"),
          .sequence_id = text_of(row, "sequence_id"),
          .created_at = instant_of(row, "created_at"),
          .local_date = text_of(row, "local_date"),
          .in_quiet_hours = row["in_quiet_hours"].as<bool>(),
          .has_next_attempt = row["has_next_attempt"].as<bool>()};
}

InboundRow inbound_row(const pqxx::row& row) {
  return {.message_id = text_of(row, "message_id"),
          .user = text_of(row, "user_id"),
          .text = text_of(row, "text"),
          .status = text_of(row, "status"),
          .position = row["position"].as<std::int64_t>(),
          .turn_id = text_of(row, "turn_id"),
          .received_at = instant_of(row, "received_at")};
}

TurnRow turn_row(const pqxx::row& row) {
  return {.id = text_of(row, "id"),
          .user = text_of(row, "user_id"),
          .status = text_of(row, "status"),
          .error = text_of(row, "error"),
          .reply_id = text_of(row, "reply_id"),
          .created_at = instant_of(row, "created_at"),
          .finished_at = optional_instant_of(row, "finished_at"),
          .attempt = row["attempt"].as<int>()};
}

PersonRow person_row(const pqxx::row& row) {
  return {.id = text_of(row, "id"),
          .phone_number = text_of(row, "phone_number"),
          .hourly_limit = row["hourly_limit"].as<int>(),
          .daily_limit = row["daily_limit"].as<int>(),
          .has_opted_out = row["has_opted_out"].as<bool>(),
          .next_attempt_at = optional_instant_of(row, "next_attempt_at"),
          .counted_date = text_of(row, "counted_date"),
          .messages_sent = row["messages_sent"].as<int>(),
          .last_message_at = optional_instant_of(row, "last_message_at")};
}

template <class Row>
std::vector<Row> rows_of(pqxx::transaction_base& transaction, const char* statement,
                         Row (*read)(const pqxx::row&)) {
  std::vector<Row> rows;
  for (const auto& row : transaction.exec(statement)) rows.push_back(read(row));
  return rows;
}

}  // namespace

Tables read_tables(const std::string& url) {
  support::Sql sql(url);
  pqxx::transaction<pqxx::serializable> transaction(sql.connection());  // one snapshot of all tables
  Tables tables;
  tables.read_at = instant_of(transaction.exec1("SELECT micros(now()) AS now"), "now");
  tables.queue = rows_of(transaction, kQueue, queue_row);
  tables.sent = rows_of(transaction, kSent, sent_row);
  tables.inbound = rows_of(transaction, kInbound, inbound_row);
  tables.turns = rows_of(transaction, kTurns, turn_row);
  tables.people = rows_of(transaction, kPeople, person_row);
  tables.inconsistent_llm_work = text_of(transaction.exec1(support::kInconsistentLlmWork), "ids");
  return tables;
}

}  // namespace orchestrator::chaos
