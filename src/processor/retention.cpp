#include "processor/retention.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace orchestrator::processor {
namespace {

using Kind = storage::RetentionStore::Kind;

constexpr std::array kKinds = {
    Kind::finished_messages, Kind::log_entries,      Kind::inbound_messages, Kind::turns,
    Kind::reformulations,    Kind::earlier_contents, Kind::minute_counts};

// Deleted in milliseconds, which does not delay a pass.
constexpr std::size_t kBatchRows = 1000;

constexpr std::chrono::hours kBetweenSweeps{1};

// Gateways repeat messages for up to a week; duplicates are recognised while the first one is stored.
constexpr std::chrono::days kMinInboundRetention{8};

std::size_t& count_of(Kind kind, RetentionSummary& summary) {
  switch (kind) {
    case Kind::finished_messages:
    case Kind::earlier_contents:
      return summary.messages;
    case Kind::log_entries:
      return summary.log_entries;
    case Kind::inbound_messages:
    case Kind::turns:
      return summary.inbound;
    case Kind::reformulations:
      return summary.reformulations;
    case Kind::minute_counts:
      return summary.minute_counts;
  }
  std::abort();
}

std::chrono::days retention_of(Kind kind, int days) {
  const std::chrono::days configured{days};
  return kind == Kind::inbound_messages ? std::max(configured, kMinInboundRetention) : configured;
}

}  // namespace

RetentionSummary Retention::tick(Instant now) {
  RetentionSummary done;
  if (days_ == 0 || now < next_sweep_) return done;
  const Kind kind = kKinds[kind_];
  const auto batch = store_.delete_batch(kind, now - retention_of(kind, days_), kBatchRows, cursor_);
  count_of(kind, done) = batch.deleted;
  deleted_ += batch.deleted;
  done.batches = 1;

  cursor_ = batch.next;
  if (!cursor_) kind_ = (kind_ + 1) % kKinds.size();
  if (!cursor_ && kind_ == 0) {
    next_sweep_ = now + kBetweenSweeps;
    if (deleted_ > 0) store_.log_sweep(std::exchange(deleted_, 0), now);
  }
  return done;
}

}  // namespace orchestrator::processor
