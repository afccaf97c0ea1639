#include "ingest/write_queue.hpp"

#include "storage/errors.hpp"

namespace orchestrator::ingest {
namespace {

using std::chrono::steady_clock;

// The bounds of a batch: its users' rows stay locked until it commits, and it is sent as one parameter that
// is built in memory. Writes that are backing off may fill only a part of a batch, so that their number never
// crowds out other users. The bound on bytes applies to either part.
constexpr std::size_t kMaxBatchMessages = 256;
constexpr std::size_t kMaxRetriedMessages = 64;
constexpr std::size_t kMaxPartBytes = 4 << 20;

// How many messages of users that are in flight a writer passes over to find others.
constexpr std::size_t kMaxPassedOver = 1000;

// When commits hang, callers time out and repeat their requests; the bound keeps that from filling the
// memory.
constexpr std::size_t kMaxBufferedBytes = 64 << 20;

// A pass locks a user for some milliseconds; another client's open transaction may do so for any time.
constexpr std::chrono::milliseconds kRetryInterval{5};
constexpr std::chrono::seconds kMaxBackOff{1};

}  // namespace

std::size_t size_of(const Submission& submission) {
  std::size_t bytes = sizeof(PendingWrite);
  for (const auto& part : submission.request.parts) bytes += part.size();
  return bytes;
}

std::shared_ptr<PendingWrite> WriteQueue::push(ScheduleRequest request) {
  auto write = std::make_shared<PendingWrite>();
  write->submission.request = std::move(request);
  const std::size_t bytes = size_of(write->submission);
  const std::lock_guard lock(mutex_);
  if (buffered_bytes_ + bytes > kMaxBufferedBytes) {
    write->promise.set_exception(std::make_exception_ptr(storage::Unavailable("the write queue is full")));
    return write;
  }
  for (std::size_t part = 0; part < write->submission.request.parts.size(); ++part) {
    write->submission.ids.push_back(ids_.next(clock_.now(), write->submission.request.user));
  }
  buffered_bytes_ += bytes;
  queued_.push_back(write);
  if (is_in_flight(*write)) return write;  // release() wakes a writer for it
  ++changes_;
  change_.notify_one();  // under the lock: once the result is set, the caller may destroy the queue
  return write;
}

void WriteQueue::back_off(const WriteBatch& batch) {
  const auto now = steady_clock::now();
  WriteBatch given_up;
  {
    const std::lock_guard lock(mutex_);
    if (backing_off_.empty()) retry_at_ = now + kRetryInterval;
    for (const auto& write : batch) {
      if (!write->blocked_since) write->blocked_since = now;
      if (now - *write->blocked_since >= kMaxBackOff) {
        given_up.push_back(write);
        continue;
      }
      buffered_bytes_ += size_of(write->submission);
      backing_off_.push_back(write);
    }
  }
  for (const auto& write : given_up) {
    write->promise.set_exception(
        std::make_exception_ptr(storage::Locked("another transaction has locked the user's rows")));
  }
}

WriteBatch WriteQueue::pop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    WriteBatch batch;
    if (const auto now = steady_clock::now(); !backing_off_.empty() && now >= retry_at_) {
      take(backing_off_, kMaxRetriedMessages, batch);
      retry_at_ = now + kRetryInterval;
    }
    take(queued_, kMaxBatchMessages, batch);
    for (const auto& write : batch) in_flight_.insert(write->submission.request.user.value);
    if (!batch.empty() || !await_change(lock, stop)) return batch;
  }
}

void WriteQueue::release(const WriteBatch& batch) {
  const std::lock_guard lock(mutex_);
  for (const auto& write : batch) in_flight_.erase(write->submission.request.user.value);
  ++changes_;
  change_.notify_all();
}

// Returns false when a stop is requested and no work is left.
bool WriteQueue::await_change(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto has_changed = [this, seen = changes_] { return changes_ != seen; };
  if (!backing_off_.empty()) {
    const auto retry_at =
        retry_at_;  // wait_until() reads it without the mutex, after another writer may have moved it
    change_.wait_until(lock, retry_at, has_changed);
    return true;
  }
  if (!queued_.empty()) {  // for users who are in flight
    change_.wait(lock, has_changed);
    return true;
  }
  return change_.wait(lock, stop, has_changed);
}

void WriteQueue::take(Writes& from, std::size_t max_messages, WriteBatch& batch) {
  std::size_t bytes = 0;
  Writes passed_over;
  while (!from.empty() && batch.size() < max_messages && bytes < kMaxPartBytes &&
         passed_over.size() < kMaxPassedOver) {
    auto write = std::move(from.front());
    from.pop_front();
    if (is_in_flight(*write)) {
      passed_over.push_back(std::move(write));
      continue;
    }
    const std::size_t size = size_of(write->submission);
    buffered_bytes_ -= size;
    if (write->is_abandoned) continue;
    bytes += size;
    batch.push_back(std::move(write));
  }
  from.insert(from.begin(), passed_over.begin(), passed_over.end());
}

bool WriteQueue::is_in_flight(const PendingWrite& write) const {
  return in_flight_.contains(write.submission.request.user.value);
}

}  // namespace orchestrator::ingest
