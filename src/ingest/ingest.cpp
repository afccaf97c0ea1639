#include "ingest/ingest.hpp"

#include <algorithm>
#include <stop_token>
#include <thread>
#include <vector>

#include "ingest/write_queue.hpp"
#include "storage/errors.hpp"

namespace orchestrator::ingest {
namespace {

// Two, so that one group is put together and sent while the other waits for its commit.
constexpr std::size_t kWriterThreads = 2;

// How long to find out what became of a commit whose answer was lost.
constexpr std::chrono::seconds kSettleUnknown{5};
constexpr std::chrono::milliseconds kBetweenTries{100};

// How long a caller waits for its group before it is told that the outcome is unknown.
constexpr std::chrono::seconds kCallerPatience{15};

ScheduleResult result_of(const Submission& draft, const Admission& admission) {
  using Kind = Admission::Kind;
  switch (admission.kind) {
    case Kind::store:
      return Scheduled{Scheduled::Kind::queued, draft.id(), draft.request.scheduled_for};
    case Kind::replayed:
      return Scheduled{Scheduled::Kind::replayed, admission.earlier, admission.earlier_scheduled_for};
    case Kind::duplicate:
      return Scheduled{Scheduled::Kind::duplicate, admission.earlier, admission.earlier_scheduled_for};
    case Kind::unknown_user:
      return unknown_user(draft.request.user.value, 422);
    case Kind::key_reused:
      return Rejection{
          409, "idempotency_key_reused",
          "This idempotency key came before with another body. Use a new key for a new message."};
    case Kind::queue_full:
      return Rejection{429, "queue_full",
                       "Too many messages are waiting for this user. Cancel some, or try again later."};
    case Kind::locked:
      break;  // not settled yet
  }
  std::abort();
}

Rejection rejection_for(const storage::Unavailable& failure) {
  if (dynamic_cast<const storage::OutcomeUnknown*>(&failure) != nullptr) return outcome_unknown();
  if (dynamic_cast<const storage::Locked*>(&failure) != nullptr) return rows_locked();
  return unavailable();
}

bool is_locked(const Admission& admission) { return admission.kind == Admission::Kind::locked; }

ScheduleResult answer_of(Pending& pending, std::chrono::steady_clock::time_point patience) {
  if (pending.answer.wait_until(patience) != std::future_status::ready) {
    pending.is_abandoned = true;
    throw storage::OutcomeUnknown("the database has not answered yet");
  }
  return pending.answer.get();
}

// To each caller an exception of its own: what() of a shared one would be read by one thread while another
// lets go of it.
template <class Failure>
void fail(const Group& group, const Failure& failure) {
  for (const auto& pending : group) {
    pending->promise.set_exception(std::make_exception_ptr(Failure(failure.what())));
  }
}

}  // namespace

class Ingest::Writers {
 public:
  Writers(storage::QueueStore& store, const Clock& clock, const IngestConfig& limits, Wake wake)
      : store_(store), clock_(clock), limits_(limits), wake_(std::move(wake)), line_(clock) {
    for (std::size_t i = 0; i < kWriterThreads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { write_until(stop); });
    }
  }

  std::shared_ptr<Pending> submit(ScheduleRequest request) { return line_.join(std::move(request)); }

 private:
  void write_until(const std::stop_token& stop) {
    while (true) {
      const Group group = line_.next_group(stop);
      if (group.empty()) return;
      write(group);
      line_.done(group);
    }
  }

  void write(const Group& group) {
    try {
      answer(group, insert(group));
    } catch (const storage::BadData&) {
      write_halves(group);
    } catch (const storage::Locked& failure) {
      group.size() == 1 ? fail(group, failure) : write_halves(group);
    } catch (const storage::OutcomeUnknown& failure) {
      fail(group, failure);
    } catch (const storage::Unavailable& failure) {
      fail(group, failure);
    } catch (const std::exception& failure) {
      fail(group, storage::StatementFailed(failure.what()));
    }
  }

  void answer(const Group& group, const std::vector<Admission>& admissions) {
    wake_for(group, admissions);
    Group held;
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (is_locked(admissions[i])) {
        held.push_back(group[i]);
      } else {
        group[i]->promise.set_value(result_of(group[i]->draft, admissions[i]));
      }
    }
    if (!held.empty()) line_.put_off(held);
  }

  // What cannot be stored, or only by waiting for somebody, fails alone: halving finds it.
  void write_halves(const Group& group) {
    if (group.size() == 1) {
      group.front()->promise.set_value(unstorable());
      return;
    }
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    write(Group(group.begin(), middle));
    write(Group(middle, group.end()));
  }

  // Identifiers are fixed, so a repetition after a lost answer settles what happened.
  std::vector<Admission> insert(const Group& group) {
    std::vector<const Submission*> drafts;
    drafts.reserve(group.size());
    for (const auto& pending : group) drafts.push_back(&pending->draft);
    const auto give_up = std::chrono::steady_clock::now() + kSettleUnknown;
    bool in_doubt = false;
    while (true) {
      try {
        const Instant now = clock_.now();
        auto admissions =
            store_.insert(drafts, {now, now - limits_.duplicate_window, limits_.max_queue_per_user},
                          [&](const auto& facts) { return admit(drafts, facts, limits_); });
        // Whoever is held may be so by our own transaction, whose end we have not seen.
        if (!in_doubt || !std::ranges::any_of(admissions, is_locked)) return admissions;
        if (std::chrono::steady_clock::now() >= give_up) throw storage::OutcomeUnknown("rows are held");
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

  void wake_for(const Group& group, const std::vector<Admission>& admissions) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (!is_express(group[i]->draft.request.priority) || is_locked(admissions[i])) continue;
      wake_();
      return;
    }
  }

  storage::QueueStore& store_;
  const Clock& clock_;
  const IngestConfig limits_;
  const Wake wake_;
  Line line_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

Ingest::Ingest(storage::QueueStore& store, const Clock& clock, const IngestConfig& limits, Wake wake)
    : writers_(std::make_unique<Writers>(store, clock, limits, std::move(wake))) {}

Ingest::~Ingest() = default;

ScheduleResult Ingest::schedule(ScheduleRequest request) {
  const auto pending = writers_->submit(std::move(request));
  return answer_of(*pending, std::chrono::steady_clock::now() + kCallerPatience);
}

std::vector<ScheduleResult> Ingest::schedule_all(std::vector<ScheduleRequest> requests) {
  Group all;
  all.reserve(requests.size());
  for (auto& request : requests) all.push_back(writers_->submit(std::move(request)));

  const auto patience = std::chrono::steady_clock::now() + kCallerPatience;
  std::vector<ScheduleResult> results;
  results.reserve(all.size());
  for (const auto& pending : all) {
    try {
      results.push_back(answer_of(*pending, patience));
    } catch (const storage::Unavailable& failure) {
      results.emplace_back(rejection_for(failure));
    }
  }
  return results;
}

}  // namespace orchestrator::ingest
