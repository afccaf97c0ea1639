#include "storage/retention_store.hpp"

#include <cstdlib>

#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kBeforeAll = "00000000-0000-0000-0000-000000000000";

// A batch is never worth waiting for, and never worth a scan of the table.
constexpr const char* kBackgroundTxSettings = R"sql(
SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '10s';
SET LOCAL idle_in_transaction_session_timeout = '10s';
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL plan_cache_mode = force_custom_plan)sql";

// Rows that are not over are read but never locked: a pass may want them.
std::string delete_from(const std::string& table, const std::string& is_over) {
  return R"sql(
WITH examined AS MATERIALIZED (
  SELECT id, user_id FROM )sql" +
         table + R"sql(
  WHERE id > $1::uuid AND id < uuid_v7_floor($2::timestamptz)
  ORDER BY id LIMIT $3
), outdated AS MATERIALIZED (
  SELECT entry.id, entry.user_id
  FROM examined JOIN )sql" +
         table + R"sql( AS entry ON entry.id = examined.id AND entry.user_id = examined.user_id
  WHERE )sql" +
         is_over + R"sql(
  FOR UPDATE OF entry SKIP LOCKED
), deleted AS (
  DELETE FROM )sql" +
         table + R"sql( AS entry USING outdated
  WHERE entry.id = outdated.id AND entry.user_id = outdated.user_id
  RETURNING entry.id
)
SELECT (SELECT count(*) FROM examined) AS examined,
       (SELECT count(*) FROM deleted) AS deleted,
       (SELECT id FROM examined ORDER BY id DESC LIMIT 1) AS last)sql";
}

const std::string kDeleteMessages =
    delete_from("message_queue",
                "entry.status NOT IN ('queued', 'approved') AND greatest(entry.created_at, entry.sent_at) < "
                "$2::timestamptz");
const std::string kDeleteLog = delete_from("agent_actions_log", "entry.created_at < $2::timestamptz");
const std::string kDeleteInbound =
    delete_from("inbound_queue",
                "entry.status NOT IN ('waiting', 'processing') AND greatest(entry.received_at, "
                "entry.finished_at) < $2::timestamptz");
const std::string kDeleteTurns = delete_from("inbound_turns", "entry.finished_at < $2::timestamptz");

const std::string kDeleteReformulations =
    delete_from("reformulation_requests", "entry.done_at < $2::timestamptz");

constexpr const char* kNoteSweep = R"sql(
INSERT INTO agent_actions_log (agent_type, action_type, user_id, output_data, created_at)
VALUES ('message_coordinator', 'cleaned_up', '*', jsonb_build_object('count', $1::bigint), $2::timestamptz))sql";

}  // namespace

const std::string& delete_statement(RetentionStore::Kind kind) {
  switch (kind) {
    case RetentionStore::Kind::finished_messages:
      return kDeleteMessages;
    case RetentionStore::Kind::log_entries:
      return kDeleteLog;
    case RetentionStore::Kind::inbound_messages:
      return kDeleteInbound;
    case RetentionStore::Kind::turns:
      return kDeleteTurns;
    case RetentionStore::Kind::reformulations:
      return kDeleteReformulations;
  }
  std::abort();
}

RetentionStore::Batch RetentionStore::delete_batch(Kind kind, Instant before, std::size_t limit,
                                                   const Cursor& cursor) {
  return in_transaction(database_, kBackgroundTxSettings, [&](Transaction& transaction) {
    const auto row = transaction.exec_params1(delete_statement(kind), cursor.value_or(kBeforeAll),
                                              format_instant(before), limit);
    Batch batch{row["deleted"].as<std::size_t>(), std::nullopt};
    if (row["examined"].as<std::size_t>() == limit) batch.next = row["last"].as<std::string>();
    return batch;
  });
}

void RetentionStore::note_sweep(std::size_t deleted, Instant now) {
  in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.exec_params(kNoteSweep, deleted, format_instant(now));
  });
}

}  // namespace orchestrator::storage
