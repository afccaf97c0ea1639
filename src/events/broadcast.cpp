#include "events/broadcast.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace orchestrator::events {

namespace {

constexpr std::size_t kMaxAtOnce = 100;  // events that one call of next() returns

}  // namespace

void Broadcast::publish(std::vector<Event> events) {
  if (events.empty()) return;
  const std::lock_guard lock(mutex_);
  std::ranges::move(events, std::back_inserter(events_));
  while (events_.size() > capacity_) {
    events_.pop_front();
    ++begin_;
  }
  published_.notify_all();
}

void Broadcast::clear() {
  const std::lock_guard lock(mutex_);
  begin_ += events_.size();
  events_.clear();
}

Broadcast::Position Broadcast::end() const {
  const std::lock_guard lock(mutex_);
  return begin_ + events_.size();
}

std::optional<Broadcast::Position> Broadcast::position_after(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(events_, id, &Event::id);
  if (id.empty() || found == events_.end()) return std::nullopt;
  return begin_ + static_cast<Position>(found - events_.begin()) + 1;
}

std::vector<Event> Broadcast::next(Position& position, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  published_.wait_for(lock, timeout, [&] { return begin_ + events_.size() > position; });
  std::vector<Event> next;
  if (position < begin_) {
    next.push_back(gap(begin_ - position));
    position = begin_;
  }
  const auto first = events_.begin() + static_cast<std::ptrdiff_t>(position - begin_);
  const auto count = std::min<std::ptrdiff_t>(kMaxAtOnce, events_.end() - first);
  next.insert(next.end(), first, first + count);
  position += static_cast<Position>(count);
  return next;
}

Subscription::Subscription(Broadcast& broadcast, Broadcast::Position position, std::function<void()> on_end)
    : broadcast_(broadcast), position_(position), on_end_(std::move(on_end)) {}

void Subscription::replay(std::vector<Event> past) {
  for (Event& event : past) {
    if (!event.id.empty()) replayed_ids_.insert(event.id);
    past_.push_back(std::move(event));
  }
}

std::vector<Event> Subscription::next(std::chrono::milliseconds timeout) {
  if (past_.empty()) {
    std::vector<Event> next = broadcast_.next(position_, timeout);
    std::erase_if(next, [this](const Event& event) { return replayed_ids_.contains(event.id); });
    return next;
  }
  const auto end = past_.begin() + static_cast<std::ptrdiff_t>(std::min(kMaxAtOnce, past_.size()));
  std::vector<Event> next(std::make_move_iterator(past_.begin()), std::make_move_iterator(end));
  past_.erase(past_.begin(), end);
  return next;
}

}  // namespace orchestrator::events
