// A bounded buffer of the latest events that many subscribers read, each at its own pace. A subscriber that
// falls behind by more than the buffer holds skips ahead and receives a gap event; it never delays the
// others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "events/event.hpp"

namespace orchestrator::events {

// Safe for concurrent use.
class Broadcast {
 public:
  explicit Broadcast(std::size_t capacity) : capacity_(capacity) {}

  using Position = std::uint64_t;  // the number of events that were published before

  void publish(std::vector<Event> events);
  void clear();  // subscribers that have not read the events miss them

  Position end() const;
  std::optional<Position> position_after(
      const std::string& id) const;  // nothing when it is not in the buffer

  // Waits up to `timeout` for events at `position`, returns the next few and advances `position`. Empty when
  // none was published in time.
  std::vector<Event> next(Position& position, std::chrono::milliseconds timeout);

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable published_;
  std::deque<Event> events_;
  Position begin_ = 0;  // of events_.front()
};

// One subscriber's place in the broadcast. Used by one thread; the broadcast must outlive it.
class Subscription {
 public:
  // Reads the events from `position` on. The destructor calls `on_end`.
  Subscription(Broadcast& broadcast, Broadcast::Position position, std::function<void()> on_end);
  ~Subscription() { on_end_(); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // Returns `past` events before all others, and skips them in the broadcast.
  void replay(std::vector<Event> past);

  // The next few events; empty when none comes within `timeout`.
  std::vector<Event> next(std::chrono::milliseconds timeout);

 private:
  Broadcast& broadcast_;
  Broadcast::Position position_;
  std::deque<Event> past_;
  std::unordered_set<std::string> replayed_ids_;
  const std::function<void()> on_end_;
};

}  // namespace orchestrator::events
