#include "ingest/write_queue.hpp"

#include "storage/errors.hpp"

namespace orchestrator::ingest {
namespace {

using std::chrono::steady_clock;

// A group's bounds: its users' rows are locked until it commits, and its parameter is one text in memory. Of
// those that are held a part, so that others find room however many there are.
constexpr std::size_t kMaxGroupMessages = 256;
constexpr std::size_t kMaxHeldOfGroup = 64;
constexpr std::size_t kMaxBytesOfEither = 4 << 20;

// How far a writer looks for people whom the other has not in hand.
constexpr std::size_t kMaxPassedOver = 1000;

// What may wait. Should commits hang, callers give up and repeat: that must not fill the memory.
constexpr std::size_t kMaxWaitingBytes = 64 << 20;

// A pass holds a person for some milliseconds; somebody's open transaction, as long as it likes.
constexpr std::chrono::milliseconds kBetweenTries{5};
constexpr std::chrono::seconds kHeldPatience{1};

// About what it takes in memory.
std::size_t size_of(const Submission& draft) {
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
  if (is_in_hand(*pending)) return pending;  // whoever has them looks again
  ++changes_;
  change_.notify_one();  // while it is locked: whoever is answered may end us
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
  }
  for (const auto& pending : given_up) {
    pending->promise.set_exception(
        std::make_exception_ptr(storage::Locked("somebody holds the person's row")));
  }
}

Group Line::next_group(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    Group group;
    if (const auto now = steady_clock::now(); !held_.empty() && now >= retry_at_) {
      take(held_, kMaxHeldOfGroup, group);
      retry_at_ = now + kBetweenTries;
    }
    take(waiting_, kMaxGroupMessages, group);
    for (const auto& pending : group) in_hand_.insert(pending->draft.request.user.value);
    if (!group.empty() || !await_change(lock, stop)) return group;
  }
}

void Line::done(const Group& group) {
  const std::lock_guard lock(mutex_);
  for (const auto& pending : group) in_hand_.erase(pending->draft.request.user.value);
  ++changes_;
  change_.notify_all();
}

// False when stopped with nothing left to do.
bool Line::await_change(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto has_changed = [this, seen = changes_] { return changes_ != seen; };
  if (!held_.empty()) {
    change_.wait_until(lock, retry_at_, has_changed);
    return true;
  }
  if (!waiting_.empty()) {  // for people who are in hand
    change_.wait(lock, has_changed);
    return true;
  }
  return change_.wait(lock, stop, has_changed);
}

void Line::take(Messages& from, std::size_t most, Group& group) {
  std::size_t bytes = 0;
  Messages passed_over;
  while (!from.empty() && group.size() < most && bytes < kMaxBytesOfEither &&
         passed_over.size() < kMaxPassedOver) {
    auto pending = std::move(from.front());
    from.pop_front();
    if (is_in_hand(*pending)) {
      passed_over.push_back(std::move(pending));
      continue;
    }
    const std::size_t size = size_of(pending->draft);
    waiting_bytes_ -= size;
    if (pending->is_abandoned) continue;
    bytes += size;
    group.push_back(std::move(pending));
  }
  from.insert(from.begin(), passed_over.begin(), passed_over.end());
}

bool Line::is_in_hand(const Pending& pending) const {
  return in_hand_.contains(pending.draft.request.user.value);
}

}  // namespace orchestrator::ingest
