#include "telemetry.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "logging/logging.hpp"

namespace orchestrator {

const char* outcome_text(Receipt::Kind kind) {
  switch (kind) {
    case Receipt::Kind::queued:
      return "queued";
    case Receipt::Kind::duplicate:
      return "duplicate";
    case Receipt::Kind::opted_out:
      return "opted_out";
    case Receipt::Kind::opted_in:
      return "opted_in";
  }
  std::abort();
}

const char* outcome_text(storage::TurnOutcome outcome) {
  switch (outcome) {
    case storage::TurnOutcome::done:
      return "done";
    case storage::TurnOutcome::retrying:
      return "retrying";
    case storage::TurnOutcome::failed:
      return "failed";
    case storage::TurnOutcome::stale:
      return "stale";
    case storage::TurnOutcome::unknown:
      return "unknown";
  }
  std::abort();
}

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
