// Brings what happens, on whichever instance, to those who listen here: read from the rows that all instances
// write, so that an event is told if and only if it was committed.
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
  std::chrono::milliseconds interval{250};  // between two looks
  std::chrono::seconds overlap{5};          // what a transaction writes that lasts longer may be missed
  std::chrono::seconds memory{3'600};       // how far back a listener may resume
  std::size_t rows = 10'000;                // that one look reads, and that whoever resumes gets
  std::size_t kept = 20'000;                // events, for slow listeners; one row is up to three
  std::size_t listeners = 32;
};

// Safe for concurrent use. What it is given must outlive it, and it its listeners. A thread of its own looks
// while somebody listens.
class Feed {
 public:
  Feed(storage::EventStore& store, const Clock& clock, FeedLimits limits = {});

  // Hears everything that is committed from now on; and before that, what came after the event
  // `last_event_id`, if it is one. Null: as many listen as may. Throws what storage/errors.hpp lists.
  std::unique_ptr<Listener> listen(const std::string& last_event_id);

 private:
  void run(const std::stop_token& stop);
  void look();
  std::vector<storage::EventStore::Place> places_since(Instant looked_at, Instant now);
  std::vector<Event> events_since(const std::string& last_event_id);

  storage::EventStore& store_;
  const Clock& clock_;
  const FeedLimits limits_;
  Broadcast broadcast_;
  std::atomic<std::size_t> listeners_ = 0;  // grows under the mutex

  std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable_any somebody_listens_;
  std::optional<Instant> looked_at_;  // the last look; nothing while nobody listens
  std::vector<std::string> seen_;     // what it saw, within the overlap; sorted

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace orchestrator::events
