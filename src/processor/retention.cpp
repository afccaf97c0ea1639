#include "processor/retention.hpp"

#include <array>
#include <chrono>

namespace orchestrator {
namespace {

using Kind = storage::RetentionStore::Kind;

constexpr std::array kKinds = {Kind::finished_messages, Kind::log_entries};

// Deleted in milliseconds, so that nobody notices.
constexpr std::size_t kBatchRows = 1000;

constexpr std::chrono::hours kBetweenSweeps{1};

}  // namespace

RetentionSummary Retention::tick(Instant now) {
  RetentionSummary done;
  if (days_ == 0 || now < next_sweep_) return done;
  const Kind kind = kKinds[kind_];
  const auto batch = store_.delete_batch(kind, now - std::chrono::days{days_}, kBatchRows, cursor_);
  (kind == Kind::finished_messages ? done.messages : done.log_entries) = batch.deleted;
  done.batches = 1;

  cursor_ = batch.next;
  if (!cursor_) kind_ = (kind_ + 1) % kKinds.size();
  if (!cursor_ && kind_ == 0) {
    next_sweep_ = now + kBetweenSweeps;
    done.reformulations = store_.delete_reformulations(now - std::chrono::days{days_}, kBatchRows);
  }
  return done;
}

}  // namespace orchestrator
