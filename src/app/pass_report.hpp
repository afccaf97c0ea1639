// Reports a pass to the metrics and to the log.
#pragma once

#include "metrics/metrics.hpp"
#include "processor/pass.hpp"

namespace orchestrator::app {

void report_pass(const processor::PassSummary& summary, processor::PassKind kind, metrics::Seconds took,
                 metrics::Metrics& metrics);

}  // namespace orchestrator::app
