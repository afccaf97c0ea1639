#include "ingest/ingest.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "orchestrator/uuid_v7.hpp"
#include "storage/errors.hpp"

namespace orchestrator {
namespace {

// Two, so that one group is put together and sent while the other waits for its commit.
constexpr std::size_t kWriterThreads = 2;

// A group's bounds: its users' rows are locked until it commits, and its parameter is one text in memory.
constexpr std::size_t kMaxGroupMessages = 256;
constexpr std::size_t kMaxGroupBytes = 4 << 20;

// How long to find out what became of a commit whose answer was lost.
constexpr std::chrono::seconds kSettleUnknown{5};
constexpr std::chrono::milliseconds kBetweenTries{100};

// How long a caller waits for its group before it is told that the outcome is unknown.
constexpr std::chrono::seconds kCallerPatience{15};

struct Pending {
  storage::QueueStore::Draft draft;
  std::promise<ScheduleResult> promise;
};

using Group = std::vector<std::shared_ptr<Pending>>;

ScheduleResult result_of(const Pending& pending, storage::QueueStore::Outcome outcome) {
  const ScheduleRequest& request = pending.draft.request;
  switch (outcome) {
    case storage::QueueStore::Outcome::stored:
      return Scheduled{pending.draft.id, request.scheduled_for};
    case storage::QueueStore::Outcome::unknown_user:
      return Rejection{
          422, "unknown_user",
          "There is no user \"" + request.user.value + "\". Create them first: PUT /users/{id}."};
  }
  std::abort();
}

}  // namespace

class Ingest::Writers {
 public:
  Writers(storage::QueueStore& store, const Clock& clock, Wake wake)
      : store_(store), clock_(clock), wake_(std::move(wake)) {
    for (std::size_t i = 0; i < kWriterThreads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { write_until(stop); });
    }
  }

  std::future<ScheduleResult> submit(ScheduleRequest request) {
    auto pending = std::make_shared<Pending>();
    pending->draft.request = std::move(request);
    auto answer = pending->promise.get_future();
    {
      const std::lock_guard lock(mutex_);
      // Here, so that identifiers order messages as they came.
      pending->draft.id = ids_.next(clock_.now());
      waiting_.push_back(std::move(pending));
    }
    submitted_.notify_one();
    return answer;
  }

 private:
  void write_until(const std::stop_token& stop) {
    while (true) {
      Group group = next_group(stop);
      if (group.empty()) return;
      write(group);
    }
  }

  // Waits for work; empty only when stopped with nothing left to do.
  Group next_group(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    submitted_.wait(lock, stop, [this] { return !waiting_.empty(); });
    Group group;
    std::size_t bytes = 0;
    while (!waiting_.empty() && group.size() < kMaxGroupMessages && bytes < kMaxGroupBytes) {
      bytes += waiting_.front()->draft.request.message_data.size();
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return group;
  }

  void write(const Group& group) {
    try {
      const auto outcomes = insert(group);
      for (std::size_t i = 0; i < group.size(); ++i) {
        group[i]->promise.set_value(result_of(*group[i], outcomes[i]));
      }
      wake_for(group);
    } catch (const storage::BadData&) {
      if (group.size() > 1) return write_halves(group);
      group.front()->promise.set_value(
          Rejection{422, "unstorable",
                    "The database cannot hold a value in this message, for example a number "
                    "beyond its range. Send such a value as text."});
    } catch (const storage::Locked&) {
      if (group.size() > 1) return write_halves(group);
      group.front()->promise.set_exception(std::current_exception());
    } catch (...) {
      for (const auto& pending : group) pending->promise.set_exception(std::current_exception());
    }
  }

  // A value that the database cannot hold fails alone, and so does a message for somebody whose row another
  // session holds: halving finds it.
  void write_halves(const Group& group) {
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    write(Group(group.begin(), middle));
    write(Group(middle, group.end()));
  }

  // Identifiers are fixed, so a repetition after a lost answer settles what happened.
  std::vector<storage::QueueStore::Outcome> insert(const Group& group) {
    std::vector<const storage::QueueStore::Draft*> drafts;
    drafts.reserve(group.size());
    for (const auto& pending : group) drafts.push_back(&pending->draft);
    const auto give_up = std::chrono::steady_clock::now() + kSettleUnknown;
    bool in_doubt = false;
    while (true) {
      try {
        return store_.insert(drafts, clock_.now());
      } catch (const storage::OutcomeUnknown&) {
        in_doubt = true;
        if (std::chrono::steady_clock::now() >= give_up) throw;
      } catch (const storage::Unavailable& failure) {
        if (!in_doubt) throw;
        if (std::chrono::steady_clock::now() >= give_up) throw storage::OutcomeUnknown(failure.what());
      }
      std::this_thread::sleep_for(kBetweenTries);
    }
  }

  void wake_for(const Group& group) {
    const bool any_express = std::any_of(group.begin(), group.end(), [](const auto& pending) {
      return is_express(pending->draft.request.priority);
    });
    if (any_express) wake_();
  }

  storage::QueueStore& store_;
  const Clock& clock_;
  const Wake wake_;
  UuidV7Source ids_;

  std::mutex mutex_;
  std::condition_variable_any submitted_;
  std::deque<std::shared_ptr<Pending>> waiting_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

Ingest::Ingest(storage::QueueStore& store, const Clock& clock, Wake wake)
    : writers_(std::make_unique<Writers>(store, clock, std::move(wake))) {}

Ingest::~Ingest() = default;

ScheduleResult Ingest::schedule(ScheduleRequest request) {
  auto answer = writers_->submit(std::move(request));
  if (answer.wait_for(kCallerPatience) != std::future_status::ready) {
    throw storage::OutcomeUnknown("the database has not answered yet");
  }
  return answer.get();
}

}  // namespace orchestrator
