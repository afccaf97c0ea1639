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
// The clocks of programs that generate ids may be slightly ahead. UUIDs of another version mostly appear to
// be far in the future and are not read.
constexpr std::chrono::minutes kMaxClockSkew{1};

std::string row_id_of(const std::string& event_id) { return event_id.substr(0, kUuidLength); }

Instant time_of_uuid_v7(const std::string& uuid) {
  const std::string digits = uuid.substr(0, 8) + uuid.substr(9, 4);
  std::int64_t milliseconds = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds, 16);
  return Instant{std::chrono::milliseconds{milliseconds}};
}

std::vector<Event> all_events_of(const std::vector<EventRow>& rows) {
  std::vector<Event> events;
  for (const auto& row : rows) std::ranges::move(events_of(row), std::back_inserter(events));
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
      broadcast_(limits.buffered_events),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::unique_ptr<Subscription> Feed::subscribe(const std::string& last_event_id) {
  Broadcast::Position position = 0;
  bool is_buffered = false;
  {
    const std::lock_guard lock(mutex_);
    if (subscribers_ >= limits_.max_subscribers) return nullptr;
    if (polled_at_) {
      poll();  // events that were committed earlier must not count as new for this subscriber
    } else {
      const Instant now = clock_.now();
      seen_ids_ = ids_of(places_since(now, now));
      polled_at_ = now;
    }
    const auto buffered = broadcast_.position_after(last_event_id);
    is_buffered = buffered.has_value();
    position = buffered.value_or(broadcast_.end());
    ++subscribers_;
  }
  auto subscription = std::make_unique<Subscription>(broadcast_, position, [this] { --subscribers_; });
  subscribed_.notify_one();
  if (!is_buffered && is_uuid(row_id_of(last_event_id))) subscription->replay(events_since(last_event_id));
  return subscription;
}

void Feed::run(const std::stop_token& stop) {
  bool is_failing = false;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (subscribers_ == 0) {
      polled_at_.reset();
      seen_ids_.clear();
      broadcast_.clear();
    }
    if (!subscribed_.wait(lock, stop, [this] { return subscribers_ > 0; })) return;
    try {
      poll();
      is_failing = false;
    } catch (const std::exception& error) {
      if (!std::exchange(is_failing, true))
        logging::warning(std::string("Reading the event feed failed; retrying: ") + error.what());
    }
    subscribed_.wait_for(lock, stop, limits_.interval, [] { return false; });
  }
}

// The latest poll has read all rows older than the overlap, even when that poll was long ago.
std::vector<EventStore::Place> Feed::places_since(Instant polled_at, Instant now) {
  const Instant from = std::max(polled_at, now - limits_.max_replay) - limits_.overlap;
  return store_.places({.from = from, .until = now + kMaxClockSkew}, limits_.max_rows);
}

void Feed::poll() {
  const Instant now = clock_.now();
  const auto places = places_since(*polled_at_, now);
  const auto is_seen = [this](const EventStore::Place& place) {
    return std::ranges::binary_search(seen_ids_, place.id);
  };
  const bool is_incomplete = places.size() == limits_.max_rows && !is_seen(places.front());
  std::vector<EventStore::Place> fresh;
  std::ranges::copy_if(places, std::back_inserter(fresh), std::not_fn(is_seen));
  std::vector<Event> events = is_incomplete ? std::vector{gap(0)} : std::vector<Event>{};
  if (!fresh.empty()) std::ranges::move(all_events_of(store_.read(fresh)), std::back_inserter(events));
  broadcast_.publish(std::move(events));
  seen_ids_ = ids_of(places);
  polled_at_ = std::max(*polled_at_, now);
}

std::vector<Event> Feed::events_since(const std::string& last_event_id) {
  const Instant now = clock_.now();
  const std::string row = row_id_of(last_event_id);
  const auto places = store_.places(
      {.from = now - limits_.max_replay, .until = now + kMaxClockSkew, .from_id = row}, limits_.max_rows);
  std::vector<Event> events = all_events_of(store_.read(places));
  const auto last = std::ranges::find(events, last_event_id, &Event::id);
  if (last != events.end()) events.erase(events.begin(), last + 1);
  const bool is_incomplete =
      places.size() == limits_.max_rows || time_of_uuid_v7(row) < now - limits_.max_replay;
  if (is_incomplete) events.insert(events.begin(), gap(0));
  return events;
}

}  // namespace orchestrator::events
