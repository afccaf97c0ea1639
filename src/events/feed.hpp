// Publishes the events of all instances to the subscribers of this one. It polls the rows that all instances
// write, so an event is published if and only if its transaction was committed.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "events/broadcast.hpp"
#include "orchestrator/clock.hpp"
#include "storage/event_store.hpp"

namespace orchestrator::events {

struct FeedLimits {
  std::chrono::milliseconds interval{250};  // between two polls
  std::chrono::seconds overlap{5};          // how far back each poll reads: longer transactions may be missed
  std::chrono::seconds max_replay{3'600};   // how far back a subscriber may resume
  std::size_t max_rows = 10'000;            // that one poll, or one subscriber that resumes, reads
  std::size_t buffered_events = 20'000;     // for slow subscribers; one row becomes up to three events
  std::size_t max_subscribers = 32;
};

// Safe for concurrent use. Store and clock must outlive the feed, and the feed must outlive its
// subscriptions. Its thread polls only while there are subscriptions.
class Feed {
 public:
  Feed(storage::EventStore& store, const Clock& clock, FeedLimits limits = {});

  // Subscribes to all events that are committed from now on. If `last_event_id` is the id of an event, the
  // events after it come first. Returns null when max_subscribers are subscribed. Throws what
  // storage/errors.hpp lists.
  std::unique_ptr<Subscription> subscribe(const std::string& last_event_id);

 private:
  void run(const std::stop_token& stop);
  void poll();
  std::vector<storage::EventStore::Place> places_since(Instant polled_at, Instant now);
  std::vector<Event> events_since(const std::string& last_event_id);

  storage::EventStore& store_;
  const Clock& clock_;
  const FeedLimits limits_;
  Broadcast broadcast_;
  std::atomic<std::size_t> subscribers_ = 0;  // increases only under the mutex

  std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable_any subscribed_;
  std::optional<Instant> polled_at_;   // of the latest poll; nothing while there are no subscribers
  std::vector<std::string> seen_ids_;  // of the rows that the latest poll read; sorted

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace orchestrator::events
