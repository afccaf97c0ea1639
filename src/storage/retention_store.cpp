#include "storage/retention_store.hpp"

#include <cstdlib>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {

const std::string& delete_statement(RetentionStore::Kind kind) {
  switch (kind) {
    case RetentionStore::Kind::finished_messages:
      return sql::delete_finished_messages;
    case RetentionStore::Kind::log_entries:
      return sql::delete_log_entries;
    case RetentionStore::Kind::inbound_messages:
      return sql::delete_inbound_messages;
    case RetentionStore::Kind::turns:
      return sql::delete_turns;
    case RetentionStore::Kind::reformulations:
      return sql::delete_reformulations;
    case RetentionStore::Kind::earlier_contents:
      return sql::delete_earlier_contents;
    case RetentionStore::Kind::minute_counts:
      return sql::delete_minute_counts;
  }
  std::abort();
}

RetentionStore::Batch RetentionStore::delete_batch(Kind kind, Instant before, std::size_t limit,
                                                   const Cursor& cursor) {
  return in_transaction(database_, kRetentionTxSettings, [&](Transaction& transaction) {
    const Position after = cursor.value_or(Position{0, kNilUuid});
    const auto row = transaction.exec_params1(delete_statement(kind), after.shard, after.id,
                                              format_instant(before), limit);
    Batch batch{row["deleted"].as<std::size_t>(), std::nullopt};
    if (row["examined"].as<std::size_t>() == limit) {
      batch.next = Position{row["last_shard"].as<int>(), row["last_id"].as<std::string>()};
    }
    return batch;
  });
}

void RetentionStore::log_sweep(std::size_t deleted, Instant now) {
  in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.exec_params(sql::log_retention_sweep, deleted, format_instant(now));
  });
}

}  // namespace orchestrator::storage
