#include "app/pass_report.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator::app {

void report_pass(const processor::PassSummary& summary, processor::PassKind kind, metrics::Seconds took,
                 metrics::Metrics& metrics) {
  metrics.record_pass({.kind = kind == processor::PassKind::full ? "full" : "express",
                       .took = took,
                       .promoted = summary.promoted,
                       .expired = summary.expired,
                       .cancelled = summary.cancelled,
                       .failed = summary.failed,
                       .deferred_by = summary.deferred_by});
  // Express passes, and passes that are repeated soon because of a locked row, run up to ten times a second:
  // those without effect are not logged.
  const bool is_frequent = kind == processor::PassKind::express || summary.left_locked;
  if (is_frequent && summary.promoted + summary.deferred == 0) return;
  logging::info(
      fmt::format("Processed the message queue in {:.0f} ms: {} promoted, {} deferred, {} expired, "
                  "{} cancelled, {} failed",
                  took.count() * 1000, summary.promoted, summary.deferred, summary.expired, summary.cancelled,
                  summary.failed));
}

}  // namespace orchestrator::app
