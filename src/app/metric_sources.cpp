#include "app/metric_sources.hpp"

namespace orchestrator::app {

std::vector<metrics::Metrics::Depth> queue_depths(storage::StatsStore& stats) {
  std::vector<metrics::Metrics::Depth> depths;
  for (auto& depth : stats.queue_depth()) depths.push_back({depth.lane, depth.status, depth.messages});
  return depths;
}

metrics::Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now) {
  const auto stats = contacts.stats(now);
  return {stats.messages_waiting, stats.contacts_waiting, stats.contacts_in_process};
}

}  // namespace orchestrator::app
