// Where accepted messages wait until a writer takes them: in order, one writer at a time for each person, and
// not more of them than memory allows.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>
#include <vector>

#include "ingest/ingest.hpp"
#include "orchestrator/uuid_v7.hpp"

namespace orchestrator::ingest {

// A message on its way into the database, and whoever waits for it.
struct Pending {
  Submission draft;
  std::promise<ScheduleResult> promise;
  std::future<ScheduleResult> answer = promise.get_future();
  std::atomic<bool> is_abandoned = false;  // nobody waits any more, and it was told "outcome unknown"
  std::optional<std::chrono::steady_clock::time_point> held_since;  // the person's row, by somebody else
};

using Group = std::vector<std::shared_ptr<Pending>>;

// Safe for concurrent use. The clock must outlive it.
class Line {
 public:
  explicit Line(const Clock& clock) : clock_(clock) {}

  // Gives the message its identifiers, which are in the order of arrival. Answers at once, with
  // storage::Unavailable, when too much waits already.
  std::shared_ptr<Pending> join(ScheduleRequest request);

  // What could not be stored because somebody holds the rows of its people: it comes again in a moment, or is
  // answered with storage::Locked when it has done so for a second.
  void put_off(const Group& held);

  // Waits for work. Empty only when stopped with nothing left to do. Until the group is done nobody gets
  // messages of its people.
  Group next_group(const std::stop_token& stop);
  void done(const Group& group);

 private:
  using Messages = std::deque<std::shared_ptr<Pending>>;

  bool await_change(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void take(Messages& from, std::size_t most, Group& group);
  bool is_in_hand(const Pending& pending) const;

  const Clock& clock_;
  UuidV7Source ids_;
  std::mutex mutex_;
  std::condition_variable_any change_;
  std::uint64_t changes_ = 0;
  Messages waiting_;
  std::size_t waiting_bytes_ = 0;
  Messages held_;
  std::set<std::string_view> in_hand_;              // people of the groups that are being written
  std::chrono::steady_clock::time_point retry_at_;  // the next of those that are held
};

}  // namespace orchestrator::ingest
