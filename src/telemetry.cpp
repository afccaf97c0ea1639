#include "telemetry.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator {

Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now) {
  const auto stats = contacts.stats(now);
  return {stats.messages_waiting, stats.contacts_waiting, stats.contacts_in_process};
}

std::vector<Metrics::Depth> depths_of(storage::StatsStore& stats) {
  std::vector<Metrics::Depth> depths;
  for (auto& depth : stats.queue_depth()) depths.push_back({depth.lane, depth.status, depth.messages});
  return depths;
}

Metrics::Pass metrics_of(const PassSummary& summary, PassKind kind, Seconds took) {
  return {.kind = kind == PassKind::full ? "full" : "express",
          .took = took,
          .promoted = summary.promoted,
          .expired = summary.expired,
          .cancelled = summary.cancelled,
          .failed = summary.failed,
          .deferred_by = summary.deferred_by};
}

void log_pass(const PassSummary& summary, PassKind kind, Seconds took) {
  // One that is soon repeated, because somebody holds a row, says nothing, ten times a second.
  const bool is_one_of_many = kind == PassKind::express || summary.left_some;
  if (is_one_of_many && summary.promoted + summary.deferred == 0) return;
  log_info(
      fmt::format("Processed the message queue in {:.0f} ms: {} promoted, {} deferred, {} expired, "
                  "{} cancelled, {} failed",
                  took.count() * 1000, summary.promoted, summary.deferred, summary.expired, summary.cancelled,
                  summary.failed));
}

}  // namespace orchestrator
