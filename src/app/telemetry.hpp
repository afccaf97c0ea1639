// What happens, in the words of the metrics and of the log.
#pragma once

#include <vector>

#include "metrics/metrics.hpp"
#include "processor/pass.hpp"
#include "storage/contact_store.hpp"
#include "storage/stats_store.hpp"

namespace orchestrator::app {

metrics::Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now);
std::vector<metrics::Metrics::Depth> depths_of(storage::StatsStore& stats);
metrics::Metrics::Pass metrics_of(const processor::PassSummary& summary, processor::PassKind kind,
                                  metrics::Seconds took);

void log_pass(const processor::PassSummary& summary, processor::PassKind kind, metrics::Seconds took);

}  // namespace orchestrator::app
