#include "storage/retention_store.hpp"

#include <cstdlib>

#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kBeforeAll = "00000000-0000-0000-0000-000000000000";

// A batch is never worth waiting for, and never worth a scan of the table.
constexpr const char* kStayHumble = R"sql(
SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '10s';
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off)sql";

// Rows that wait are read but never locked: a pass may want them.
constexpr const char* kDeleteMessages = R"sql(
WITH examined AS MATERIALIZED (
  SELECT id, user_id FROM message_queue
  WHERE id > $1::uuid AND id < uuid_v7_floor($2::timestamptz)
  ORDER BY id LIMIT $3
), outdated AS MATERIALIZED (
  SELECT queue.id, queue.user_id
  FROM examined JOIN message_queue AS queue ON queue.id = examined.id AND queue.user_id = examined.user_id
  WHERE queue.status NOT IN ('queued', 'approved')
    AND greatest(queue.created_at, queue.sent_at) < $2::timestamptz
  FOR UPDATE OF queue SKIP LOCKED
), deleted AS (
  DELETE FROM message_queue AS queue USING outdated
  WHERE queue.id = outdated.id AND queue.user_id = outdated.user_id
  RETURNING queue.id
)
SELECT (SELECT count(*) FROM examined) AS examined,
       (SELECT count(*) FROM deleted) AS deleted,
       (SELECT id FROM examined ORDER BY id DESC LIMIT 1) AS last)sql";

constexpr const char* kDeleteLog = R"sql(
WITH examined AS MATERIALIZED (
  SELECT id, user_id FROM agent_actions_log
  WHERE id > $1::uuid AND id < uuid_v7_floor($2::timestamptz)
  ORDER BY id LIMIT $3
), outdated AS MATERIALIZED (
  SELECT entry.id, entry.user_id
  FROM examined JOIN agent_actions_log AS entry
    ON entry.id = examined.id AND entry.user_id = examined.user_id
  WHERE entry.created_at < $2::timestamptz
  FOR UPDATE OF entry SKIP LOCKED
), deleted AS (
  DELETE FROM agent_actions_log AS entry USING outdated
  WHERE entry.id = outdated.id AND entry.user_id = outdated.user_id
  RETURNING entry.id
)
SELECT (SELECT count(*) FROM examined) AS examined,
       (SELECT count(*) FROM deleted) AS deleted,
       (SELECT id FROM examined ORDER BY id DESC LIMIT 1) AS last)sql";

constexpr const char* kDeleteReformulations = R"sql(
WITH outdated AS MATERIALIZED (
  SELECT id, user_id FROM reformulation_requests
  WHERE done_at < $1::timestamptz
  ORDER BY done_at LIMIT $2
  FOR UPDATE SKIP LOCKED
)
DELETE FROM reformulation_requests AS request USING outdated
WHERE request.id = outdated.id AND request.user_id = outdated.user_id)sql";

}  // namespace

const char* delete_statement(RetentionStore::Kind kind) {
  switch (kind) {
    case RetentionStore::Kind::finished_messages:
      return kDeleteMessages;
    case RetentionStore::Kind::log_entries:
      return kDeleteLog;
  }
  std::abort();
}

RetentionStore::Batch RetentionStore::delete_batch(Kind kind, Instant before, std::size_t limit,
                                                   const Cursor& cursor) {
  return in_transaction(database_, [&](Transaction& transaction) {
    transaction.exec(kStayHumble);
    const auto row = transaction.exec_params1(delete_statement(kind), cursor.value_or(kBeforeAll),
                                              format_instant(before), limit);
    Batch batch{row["deleted"].as<std::size_t>(), std::nullopt};
    if (row["examined"].as<std::size_t>() == limit) batch.next = row["last"].as<std::string>();
    return batch;
  });
}

std::size_t RetentionStore::delete_reformulations(Instant before, std::size_t limit) {
  return in_transaction(database_, [&](Transaction& transaction) {
    transaction.exec(kStayHumble);
    return transaction.exec_params(kDeleteReformulations, format_instant(before), limit).affected_rows();
  });
}

}  // namespace orchestrator::storage
