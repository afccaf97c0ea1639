// Reads the depths that the metrics show from the database.
#pragma once

#include <vector>

#include "metrics/metrics.hpp"
#include "storage/contact_store.hpp"
#include "storage/stats_store.hpp"

namespace orchestrator::app {

std::vector<metrics::Metrics::Depth> queue_depths(storage::StatsStore& stats);
metrics::Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now);

}  // namespace orchestrator::app
