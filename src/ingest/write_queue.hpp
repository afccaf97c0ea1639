// The queue of accepted messages between the callers and the writer threads. It is ordered, bounded in
// memory, and never gives one user's messages to two writers at the same time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>
#include <vector>

#include "ingest/ingest.hpp"
#include "orchestrator/uuid_v7.hpp"

namespace orchestrator::ingest {

// A message that is accepted but not yet stored, and the promise to the caller that waits for it.
struct PendingWrite {
  Submission submission;
  std::promise<ScheduleResult> promise;
  std::future<ScheduleResult> result = promise.get_future();
  std::atomic<bool> is_abandoned = false;  // the caller timed out and has reported "outcome unknown"
  // When a writer first found rows that this write needs locked by another transaction.
  std::optional<std::chrono::steady_clock::time_point> blocked_since;
};

// The approximate size in memory of a write.
std::size_t size_of(const Submission& submission);

using WriteBatch = std::vector<std::shared_ptr<PendingWrite>>;

// Safe for concurrent use. The clock must outlive it.
class WriteQueue {
 public:
  WriteQueue(const Clock& clock, UuidV7Source& ids) : clock_(clock), ids_(ids) {}

  // Assigns the message its identifiers, in the order of arrival, and queues it. When the queue is full, the
  // result is storage::Unavailable at once.
  std::shared_ptr<PendingWrite> push(ScheduleRequest request);

  // Waits for work and returns it. Until the batch is released, no other batch contains messages of its
  // users. Empty only when a stop is requested and no work is left.
  WriteBatch pop(const std::stop_token& stop);
  void release(const WriteBatch& batch);

  // Queues writes that failed because another transaction has locked their users' rows. They are popped again
  // after some milliseconds; after a second of failures the result is storage::Locked.
  void back_off(const WriteBatch& batch);

 private:
  using Writes = std::deque<std::shared_ptr<PendingWrite>>;

  bool await_change(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void take(Writes& from, std::size_t max_messages, WriteBatch& batch);
  bool is_in_flight(const PendingWrite& write) const;

  const Clock& clock_;
  UuidV7Source& ids_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any change_;
  std::uint64_t changes_ = 0;
  Writes queued_;
  Writes backing_off_;
  std::size_t buffered_bytes_ = 0;                  // of both
  std::set<std::string_view> in_flight_;            // users of the batches that are being written
  std::chrono::steady_clock::time_point retry_at_;  // when writes that are backing off are popped again
};

}  // namespace orchestrator::ingest
