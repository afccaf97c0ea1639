#include "storage/stats_store.hpp"

#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
std::vector<QueueDepth> StatsStore::queue_depth() {
  return in_transaction(database_, kStatsTxSettings, [](Transaction& transaction) {
    std::vector<QueueDepth> depths;
    for (const auto& row : transaction.exec(sql::count_queue_depth)) {
      depths.push_back(
          {priority_from_text(row[0].c_str()).value(), row[1].as<std::string>(), row[2].as<std::int64_t>()});
    }
    return depths;
  });
}

}  // namespace orchestrator::storage
