#include "app/telemetry.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator::app {

metrics::Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now) {
  const auto stats = contacts.stats(now);
  return {stats.messages_waiting, stats.contacts_waiting, stats.contacts_in_process};
}

std::vector<metrics::Metrics::Depth> depths_of(storage::StatsStore& stats) {
  std::vector<metrics::Metrics::Depth> depths;
  for (auto& depth : stats.queue_depth()) depths.push_back({depth.lane, depth.status, depth.messages});
  return depths;
}

metrics::Metrics::Pass metrics_of(const processor::PassSummary& summary, processor::PassKind kind,
                                  metrics::Seconds took) {
  return {.kind = kind == processor::PassKind::full ? "full" : "express",
          .took = took,
          .promoted = summary.promoted,
          .expired = summary.expired,
          .cancelled = summary.cancelled,
          .failed = summary.failed,
          .deferred_by = summary.deferred_by};
}

void log_pass(const processor::PassSummary& summary, processor::PassKind kind, metrics::Seconds took) {
  // One that is soon repeated, because somebody holds a row, says nothing, ten times a second.
  const bool is_one_of_many = kind == processor::PassKind::express || summary.left_some;
  if (is_one_of_many && summary.promoted + summary.deferred == 0) return;
  logging::info(
      fmt::format("Processed the message queue in {:.0f} ms: {} promoted, {} deferred, {} expired, "
                  "{} cancelled, {} failed",
                  took.count() * 1000, summary.promoted, summary.deferred, summary.expired, summary.cancelled,
                  summary.failed));
}

}  // namespace orchestrator::app
