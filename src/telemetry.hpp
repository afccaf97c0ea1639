// What happens, in the words of the metrics and of the log.
#pragma once

#include <vector>

#include "metrics/metrics.hpp"
#include "processor/pass.hpp"
#include "storage/contact_store.hpp"
#include "storage/stats_store.hpp"

namespace orchestrator {

Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now);
std::vector<Metrics::Depth> depths_of(storage::StatsStore& stats);
Metrics::Pass metrics_of(const PassSummary& summary, PassKind kind, Seconds took);

void log_pass(const PassSummary& summary, PassKind kind, Seconds took);

}  // namespace orchestrator
