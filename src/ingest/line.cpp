#include "ingest/line.hpp"

#include "storage/errors.hpp"

namespace orchestrator {
namespace {

using std::chrono::steady_clock;

// A group's bounds: its users' rows are locked until it commits, and its parameter is one text in memory. Of
// those that are held a part, so that others find room however many there are.
constexpr std::size_t kMaxGroupMessages = 256;
constexpr std::size_t kMaxHeldOfGroup = 64;
constexpr std::size_t kMaxBytesOfEither = 4 << 20;

// What may wait. Should commits hang, callers give up and repeat: that must not fill the memory.
constexpr std::size_t kMaxWaitingBytes = 64 << 20;

// A pass holds a person for some milliseconds; somebody's open transaction, as long as it likes.
constexpr std::chrono::milliseconds kBetweenTries{5};
constexpr std::chrono::seconds kHeldPatience{1};

// About what it takes in memory.
std::size_t size_of(const storage::Draft& draft) {
  std::size_t bytes = sizeof(Pending);
  for (const auto& part : draft.request.parts) bytes += part.size();
  return bytes;
}

}  // namespace

std::shared_ptr<Pending> Line::join(ScheduleRequest request) {
  auto pending = std::make_shared<Pending>();
  pending->draft.request = std::move(request);
  const std::size_t bytes = size_of(pending->draft);
  const std::lock_guard lock(mutex_);
  if (waiting_bytes_ + bytes > kMaxWaitingBytes) {
    pending->promise.set_exception(
        std::make_exception_ptr(storage::Unavailable("too much waits for the database already")));
    return pending;
  }
  for (std::size_t part = 0; part < pending->draft.request.parts.size(); ++part) {
    pending->draft.ids.push_back(ids_.next(clock_.now()));
  }
  waiting_bytes_ += bytes;
  waiting_.push_back(pending);
  changed_.notify_one();  // while it is locked: whoever is answered may end us
  return pending;
}

void Line::put_off(const Group& held) {
  const auto now = steady_clock::now();
  Group given_up;
  {
    const std::lock_guard lock(mutex_);
    if (held_.empty()) retry_at_ = now + kBetweenTries;
    for (const auto& pending : held) {
      if (!pending->held_since) pending->held_since = now;
      if (now - *pending->held_since >= kHeldPatience) {
        given_up.push_back(pending);
        continue;
      }
      waiting_bytes_ += size_of(pending->draft);
      held_.push_back(pending);
    }
    changed_.notify_one();
  }
  for (const auto& pending : given_up) {
    pending->promise.set_exception(
        std::make_exception_ptr(storage::Locked("somebody holds the person's row")));
  }
}

Group Line::next_group(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Group group;
  while (group.empty() && await_work(lock, stop)) {
    if (const auto now = steady_clock::now(); !held_.empty() && now >= retry_at_) {
      take(held_, kMaxHeldOfGroup, group);
      retry_at_ = now + kBetweenTries;
    }
    take(waiting_, kMaxGroupMessages, group);
  }
  return group;
}

// False when stopped with nothing left to do.
bool Line::await_work(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  while (waiting_.empty()) {
    if (held_.empty()) {
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty() || !held_.empty(); })) return false;
    } else if (steady_clock::now() >= retry_at_) {
      return true;
    } else {
      changed_.wait_until(lock, retry_at_);
    }
  }
  return true;
}

void Line::take(std::deque<std::shared_ptr<Pending>>& from, std::size_t most, Group& group) {
  std::size_t bytes = 0;
  while (!from.empty() && group.size() < most && bytes < kMaxBytesOfEither) {
    auto pending = std::move(from.front());
    from.pop_front();
    const std::size_t size = size_of(pending->draft);
    waiting_bytes_ -= size;
    if (pending->is_abandoned) continue;
    bytes += size;
    group.push_back(std::move(pending));
  }
}

}  // namespace orchestrator
