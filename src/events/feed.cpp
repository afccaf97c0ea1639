#include "events/feed.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <functional>
#include <iterator>
#include <utility>

#include "logging/logging.hpp"
#include "orchestrator/uuid_v7.hpp"

namespace orchestrator::events {

namespace {

using storage::EventStore;

constexpr std::size_t kUuidLength = 36;
// Clocks of programs that make ids may run ahead a little; ids of another kind lie far ahead.
constexpr std::chrono::minutes kAhead{1};

std::string row_of(const std::string& event_id) { return event_id.substr(0, kUuidLength); }

// Of a UUIDv7.
Instant time_of(const std::string& uuid) {
  const std::string digits = uuid.substr(0, 8) + uuid.substr(9, 4);
  std::int64_t milliseconds = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds, 16);
  return Instant{std::chrono::milliseconds{milliseconds}};
}

std::vector<Event> told_by(const std::vector<EventRow>& happenings) {
  std::vector<Event> events;
  for (const auto& happening : happenings) {
    std::ranges::move(events_of(happening), std::back_inserter(events));
  }
  return events;
}

std::vector<std::string> ids_of(const std::vector<EventStore::Place>& places) {
  std::vector<std::string> ids;
  ids.reserve(places.size());
  for (const auto& place : places) ids.push_back(place.id);
  return ids;
}

}  // namespace

Feed::Feed(EventStore& store, const Clock& clock, FeedLimits limits)
    : store_(store),
      clock_(clock),
      limits_(limits),
      broadcast_(limits.kept),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::unique_ptr<Listener> Feed::listen(const std::string& last_event_id) {
  Broadcast::Position position = 0;
  bool is_kept = false;
  {
    const std::lock_guard lock(mutex_);
    if (listeners_ >= limits_.listeners) return nullptr;
    if (looked_at_) {
      look();  // what was committed before is not of now
    } else {
      const Instant now = clock_.now();
      seen_ = ids_of(places_since(now, now));
      looked_at_ = now;
    }
    const auto kept = broadcast_.after(last_event_id);
    is_kept = kept.has_value();
    position = kept.value_or(broadcast_.end());
    ++listeners_;
  }
  auto listener = std::make_unique<Listener>(broadcast_, position, [this] { --listeners_; });
  somebody_listens_.notify_one();
  if (!is_kept && is_uuid(row_of(last_event_id))) listener->hear_first(events_since(last_event_id));
  return listener;
}

void Feed::run(const std::stop_token& stop) {
  bool is_failing = false;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (listeners_ == 0) {
      looked_at_.reset();
      seen_.clear();
      broadcast_.forget();
    }
    if (!somebody_listens_.wait(lock, stop, [this] { return listeners_ > 0; })) return;
    try {
      look();
      is_failing = false;
    } catch (const std::exception& error) {
      if (!std::exchange(is_failing, true)) logging::warning(std::string("events wait: ") + error.what());
    }
    somebody_listens_.wait_for(lock, stop, limits_.interval, [] { return false; });
  }
}

// What lies further back than the overlap was seen by the last look, also when that is long ago.
std::vector<EventStore::Place> Feed::places_since(Instant looked_at, Instant now) {
  const Instant from = std::max(looked_at, now - limits_.memory) - limits_.overlap;
  return store_.places({.from = from, .until = now + kAhead}, limits_.rows);
}

void Feed::look() {
  const Instant now = clock_.now();
  const auto places = places_since(*looked_at_, now);
  const auto is_seen = [this](const EventStore::Place& place) {
    return std::ranges::binary_search(seen_, place.id);
  };
  const bool left_some_out = places.size() == limits_.rows && !is_seen(places.front());
  std::vector<EventStore::Place> fresh;
  std::ranges::copy_if(places, std::back_inserter(fresh), std::not_fn(is_seen));
  std::vector<Event> events = left_some_out ? std::vector{gap(0)} : std::vector<Event>{};
  if (!fresh.empty()) std::ranges::move(told_by(store_.read(fresh)), std::back_inserter(events));
  broadcast_.publish(std::move(events));
  seen_ = ids_of(places);
  looked_at_ = std::max(*looked_at_, now);
}

std::vector<Event> Feed::events_since(const std::string& last_event_id) {
  const Instant now = clock_.now();
  const std::string row = row_of(last_event_id);
  const auto places =
      store_.places({.from = now - limits_.memory, .until = now + kAhead, .from_id = row}, limits_.rows);
  std::vector<Event> events = told_by(store_.read(places));
  const auto last = std::ranges::find(events, last_event_id, &Event::id);
  if (last != events.end()) events.erase(events.begin(), last + 1);
  const bool left_some_out = places.size() == limits_.rows || time_of(row) < now - limits_.memory;
  if (left_some_out) events.insert(events.begin(), gap(0));
  return events;
}

}  // namespace orchestrator::events
