#include "events/broadcast.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace orchestrator::events {

namespace {

constexpr std::size_t kFew = 100;  // events that a listener takes at a time

}  // namespace

void Broadcast::publish(std::vector<Event> events) {
  if (events.empty()) return;
  const std::lock_guard lock(mutex_);
  std::ranges::move(events, std::back_inserter(events_));
  while (events_.size() > kept_) {
    events_.pop_front();
    ++begin_;
  }
  published_.notify_all();
}

void Broadcast::forget() {
  const std::lock_guard lock(mutex_);
  begin_ += events_.size();
  events_.clear();
}

Broadcast::Position Broadcast::end() const {
  const std::lock_guard lock(mutex_);
  return begin_ + events_.size();
}

std::optional<Broadcast::Position> Broadcast::after(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(events_, id, &Event::id);
  if (id.empty() || found == events_.end()) return std::nullopt;
  return begin_ + static_cast<Position>(found - events_.begin()) + 1;
}

std::vector<Event> Broadcast::next(Position& position, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  published_.wait_for(lock, patience, [&] { return begin_ + events_.size() > position; });
  std::vector<Event> next;
  if (position < begin_) {
    next.push_back(gap(begin_ - position));
    position = begin_;
  }
  const auto first = events_.begin() + static_cast<std::ptrdiff_t>(position - begin_);
  const auto count = std::min<std::ptrdiff_t>(kFew, events_.end() - first);
  next.insert(next.end(), first, first + count);
  position += static_cast<Position>(count);
  return next;
}

Listener::Listener(Broadcast& broadcast, Broadcast::Position position, std::function<void()> left)
    : broadcast_(broadcast), position_(position), left_(std::move(left)) {}

void Listener::hear_first(std::vector<Event> past) {
  for (Event& event : past) {
    if (!event.id.empty()) heard_.insert(event.id);
    past_.push_back(std::move(event));
  }
}

std::vector<Event> Listener::next(std::chrono::milliseconds patience) {
  if (past_.empty()) {
    std::vector<Event> next = broadcast_.next(position_, patience);
    std::erase_if(next, [this](const Event& event) { return heard_.contains(event.id); });
    return next;
  }
  const auto end = past_.begin() + static_cast<std::ptrdiff_t>(std::min(kFew, past_.size()));
  std::vector<Event> next(std::make_move_iterator(past_.begin()), std::make_move_iterator(end));
  past_.erase(past_.begin(), end);
  return next;
}

}  // namespace orchestrator::events
