#include "storage/stats_store.hpp"

#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kGiveUpSoon = "SET LOCAL statement_timeout = '5s'";

constexpr const char* kQueueDepth = R"sql(
SELECT priority, status, count(*) FROM message_queue
WHERE status IN ('queued', 'approved') GROUP BY priority, status)sql";

}  // namespace

std::vector<QueueDepth> StatsStore::queue_depth() {
  return in_transaction(database_, kGiveUpSoon, [](Transaction& transaction) {
    std::vector<QueueDepth> depths;
    for (const auto& row : transaction.exec(kQueueDepth)) {
      depths.push_back(
          {priority_from_text(row[0].c_str()).value(), row[1].as<std::string>(), row[2].as<std::int64_t>()});
    }
    return depths;
  });
}

}  // namespace orchestrator::storage
