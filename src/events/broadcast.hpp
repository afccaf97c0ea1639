// The latest events, for many listeners at their own pace. Who falls behind by more than is kept skips ahead,
// and is told so: nobody holds up the others.
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
  explicit Broadcast(std::size_t kept) : kept_(kept) {}

  using Position = std::uint64_t;  // counts all events there have been

  void publish(std::vector<Event> events);
  void forget();  // what is kept; listeners that have not seen it miss it

  Position end() const;
  std::optional<Position> after(const std::string& id) const;  // nothing when it is not kept

  // The next few events from `position` on, which moves; none when none has come within the time.
  std::vector<Event> next(Position& position, std::chrono::milliseconds patience);

 private:
  const std::size_t kept_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable published_;
  std::deque<Event> events_;
  Position begin_ = 0;  // of the first event that is kept
};

// One listener. Used by one thread; the broadcast must outlive it.
class Listener {
 public:
  // Hears what comes after `position`.
  Listener(Broadcast& broadcast, Broadcast::Position position, std::function<void()> left);
  ~Listener() { left_(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Hears these before all others, and does not hear them again.
  void hear_first(std::vector<Event> past);

  // The next few events; none when none has come within the time.
  std::vector<Event> next(std::chrono::milliseconds patience);

 private:
  Broadcast& broadcast_;
  Broadcast::Position position_;
  std::deque<Event> past_;
  std::unordered_set<std::string> heard_;  // the ids of the past
  const std::function<void()> left_;
};

}  // namespace orchestrator::events
