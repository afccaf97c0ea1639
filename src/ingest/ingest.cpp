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
  storage::Draft draft;
  std::promise<ScheduleResult> promise;
};

using Group = std::vector<std::shared_ptr<Pending>>;

ScheduleResult result_of(const storage::Draft& draft, const storage::Admission& admission) {
  using Kind = storage::Admission::Kind;
  switch (admission.kind) {
    case Kind::store:
      return Scheduled{Scheduled::Kind::queued, draft.id(), draft.request.scheduled_for};
    case Kind::replayed:
      return Scheduled{Scheduled::Kind::replayed, admission.earlier, admission.earlier_scheduled_for};
    case Kind::duplicate:
      return Scheduled{Scheduled::Kind::duplicate, admission.earlier, admission.earlier_scheduled_for};
    case Kind::unknown_user:
      return Rejection{
          422, "unknown_user",
          "There is no user \"" + draft.request.user.value + "\". Create them first: PUT /users/{id}."};
    case Kind::key_reused:
      return Rejection{
          409, "idempotency_key_reused",
          "This idempotency key came before with another body. Use a new key for a new message."};
    case Kind::queue_full:
      return Rejection{429, "queue_full",
                       "Too many messages are waiting for this user. Cancel some, or try again later."};
  }
  std::abort();
}

Rejection unavailable(const storage::Unavailable& failure) {
  const bool is_unknown = dynamic_cast<const storage::OutcomeUnknown*>(&failure) != nullptr;
  if (is_unknown) {
    return {503, "outcome_unknown",
            "The database did not answer in time: the message may be stored. Repeat the request with an "
            "idempotency key to find out."};
  }
  return {503, "unavailable", "The database is away; nothing was stored. Try again in a moment."};
}

}  // namespace

class Ingest::Writers {
 public:
  Writers(storage::QueueStore& store, const Clock& clock, const IngestConfig& limits, Wake wake)
      : store_(store), clock_(clock), limits_(limits), wake_(std::move(wake)) {
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
      for (std::size_t part = 0; part < pending->draft.request.parts.size(); ++part) {
        pending->draft.ids.push_back(ids_.next(clock_.now()));
      }
      waiting_.push_back(std::move(pending));
      submitted_.notify_one();  // while it is locked: whoever is answered may end us
    }
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
      for (const auto& part : waiting_.front()->draft.request.parts) bytes += part.size();
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return group;
  }

  void write(const Group& group) {
    try {
      const auto admissions = insert(group);
      wake_for(group);
      for (std::size_t i = 0; i < group.size(); ++i) {
        group[i]->promise.set_value(result_of(group[i]->draft, admissions[i]));
      }
    } catch (const storage::BadData&) {
      write_halves(group);
    } catch (const storage::Locked&) {
      if (group.size() == 1) {
        group.front()->promise.set_exception(std::current_exception());
      } else {
        write_halves(group);
      }
    } catch (...) {
      for (const auto& pending : group) pending->promise.set_exception(std::current_exception());
    }
  }

  // What cannot be stored, or only by waiting for somebody, fails alone: halving finds it.
  void write_halves(const Group& group) {
    if (group.size() == 1) {
      group.front()->promise.set_value(
          Rejection{422, "unstorable",
                    "The database cannot hold a value in this message, for example a number "
                    "beyond its range. Send such a value as text."});
      return;
    }
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    write(Group(group.begin(), middle));
    write(Group(middle, group.end()));
  }

  // Identifiers are fixed, so a repetition after a lost answer settles what happened.
  std::vector<storage::Admission> insert(const Group& group) {
    std::vector<const storage::Draft*> drafts;
    drafts.reserve(group.size());
    for (const auto& pending : group) drafts.push_back(&pending->draft);
    const auto give_up = std::chrono::steady_clock::now() + kSettleUnknown;
    bool in_doubt = false;
    while (true) {
      try {
        const Instant now = clock_.now();
        return store_.insert(drafts, {now, now - limits_.duplicate_window, limits_.max_queue_per_user},
                             [&](const auto& facts) { return admit(drafts, facts, limits_); });
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
  const IngestConfig limits_;
  const Wake wake_;
  UuidV7Source ids_;

  std::mutex mutex_;
  std::condition_variable_any submitted_;
  std::deque<std::shared_ptr<Pending>> waiting_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

Ingest::Ingest(storage::QueueStore& store, const Clock& clock, const IngestConfig& limits, Wake wake)
    : writers_(std::make_unique<Writers>(store, clock, limits, std::move(wake))) {}

Ingest::~Ingest() = default;

ScheduleResult Ingest::schedule(ScheduleRequest request) {
  auto answer = writers_->submit(std::move(request));
  if (answer.wait_for(kCallerPatience) != std::future_status::ready) {
    throw storage::OutcomeUnknown("the database has not answered yet");
  }
  return answer.get();
}

std::vector<ScheduleResult> Ingest::schedule_all(std::vector<ScheduleRequest> requests) {
  std::vector<std::future<ScheduleResult>> answers;
  answers.reserve(requests.size());
  for (auto& request : requests) answers.push_back(writers_->submit(std::move(request)));

  const auto patience = std::chrono::steady_clock::now() + kCallerPatience;
  std::vector<ScheduleResult> results;
  results.reserve(answers.size());
  for (auto& answer : answers) {
    try {
      if (answer.wait_until(patience) != std::future_status::ready) {
        throw storage::OutcomeUnknown("the database has not answered yet");
      }
      results.push_back(answer.get());
    } catch (const storage::Unavailable& failure) {
      results.emplace_back(unavailable(failure));
    }
  }
  return results;
}

}  // namespace orchestrator
