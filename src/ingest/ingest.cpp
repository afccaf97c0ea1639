#include "ingest/ingest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stop_token>
#include <thread>
#include <vector>

#include "ingest/decision.hpp"
#include "ingest/immediate_promotion.hpp"
#include "ingest/write_queue.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::ingest {
namespace {

// Two, so that one writer fills and sends a batch while the other waits for its commit.
constexpr std::size_t kWriterThreads = 2;

// For how long a writer repeats a batch to find out the outcome of its commit.
constexpr std::chrono::seconds kMaxInDoubt{5};
constexpr std::chrono::milliseconds kRetryInterval{100};

// How long a caller waits for its batch before it reports that the outcome is unknown.
constexpr std::chrono::seconds kCallerTimeout{15};

// How much of one bulk request is submitted and not answered yet: enough for both writers and the batches
// that they take next.
constexpr std::size_t kMaxWindowWrites = 1'000;
constexpr std::size_t kMaxWindowBytes = 2 << 20;

ScheduleResult result_of(const Submission& submission, const Admission& admission,
                         const ScheduleDecision& decision) {
  using Kind = Admission::Kind;
  const QueuedMessage& earlier = admission.earlier.message;
  switch (admission.kind) {
    case Kind::store:
    case Kind::promoted:
    case Kind::stored_before:
      return Scheduled{Scheduled::Kind::queued, submission.id(), submission.request.scheduled_for, decision};
    case Kind::replayed:
      return Scheduled{Scheduled::Kind::replayed, earlier.id, earlier.scheduled_for, decision};
    case Kind::duplicate:
      return Scheduled{Scheduled::Kind::duplicate, earlier.id, earlier.scheduled_for, decision};
    case Kind::unknown_user:
      return unknown_user(submission.request.user.value, 422);
    case Kind::key_reused:
      return Rejection{
          409, "idempotency_key_reused",
          "This idempotency key was used before with a different body. Use a new key for a new message."};
    case Kind::queue_full:
      return Rejection{
          429, "queue_full",
          "Too many messages are waiting for this user. Cancel some of them, or try again later."};
    case Kind::locked:
      break;  // not final: the write is backing off
  }
  std::abort();
}

Rejection rejection_for(const storage::Unavailable& failure) {
  if (dynamic_cast<const storage::OutcomeUnknown*>(&failure) != nullptr) return outcome_unknown();
  if (dynamic_cast<const storage::Locked*>(&failure) != nullptr) return rows_locked();
  return unavailable();
}

bool is_stored(Admission::Kind kind) {
  using Kind = Admission::Kind;
  return kind == Kind::store || kind == Kind::promoted || kind == Kind::stored_before;
}

bool is_locked(const Admission& admission) { return admission.kind == Admission::Kind::locked; }

ScheduleResult await_result(PendingWrite& write, std::chrono::steady_clock::time_point deadline) {
  if (write.result.wait_until(deadline) != std::future_status::ready) {
    write.is_abandoned = true;
    throw storage::OutcomeUnknown("the database did not confirm the commit in time");
  }
  return write.result.get();
}

std::shared_ptr<PendingWrite> answered(Rejection rejection) {
  auto write = std::make_shared<PendingWrite>();
  write->promise.set_value(std::move(rejection));
  return write;
}

// The writes of one bulk request that are not answered yet, in order. Bounded, so that the request's memory
// does not depend on its length.
class ResultWindow {
 public:
  explicit ResultWindow(const Ingest::TakeResult& take) : take_(take) {}

  // Waits for earlier results until the window has room.
  void add(std::shared_ptr<PendingWrite> write) {
    const std::size_t bytes = size_of(write->submission);
    while (!writes_.empty() && (writes_.size() == kMaxWindowWrites || bytes_ + bytes > kMaxWindowBytes)) {
      take_first();
    }
    bytes_ += bytes;
    writes_.push_back({std::move(write), std::chrono::steady_clock::now() + kCallerTimeout});
  }

  void finish() {
    while (!writes_.empty()) take_first();
  }

  bool has_timed_out() const { return has_timed_out_; }

 private:
  struct Awaited {
    std::shared_ptr<PendingWrite> write;
    std::chrono::steady_clock::time_point deadline;
  };

  void take_first() {
    const auto [write, deadline] = std::move(writes_.front());
    writes_.pop_front();
    bytes_ -= size_of(write->submission);
    try {
      take_(await_result(*write, deadline));
    } catch (const storage::Unavailable& failure) {
      has_timed_out_ = has_timed_out_ || write->is_abandoned;
      take_(rejection_for(failure));
    }
  }

  const Ingest::TakeResult& take_;
  std::deque<Awaited> writes_;
  std::size_t bytes_ = 0;
  bool has_timed_out_ = false;
};

// Each caller gets its own exception object: with a shared one, a caller could read what() while another
// caller destroys it.
template <class Failure>
void fail(const WriteBatch& batch, const Failure& failure) {
  for (const auto& write : batch) {
    write->promise.set_exception(std::make_exception_ptr(Failure(failure.what())));
  }
}

}  // namespace

class Ingest::WriterPool {
 public:
  WriterPool(storage::QueueStore& store, const Clock& clock, UuidV7Source& ids, const IngestConfig& limits,
             const RuleDefaults& rules, Hooks hooks)
      : store_(store),
        clock_(clock),
        ids_(ids),
        limits_(limits),
        rules_(rules),
        hooks_(std::move(hooks)),
        queue_(clock, ids) {
    for (std::size_t i = 0; i < kWriterThreads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { write_until(stop); });
    }
  }

  std::shared_ptr<PendingWrite> submit(ScheduleRequest request) { return queue_.push(std::move(request)); }

 private:
  void write_until(const std::stop_token& stop) {
    while (true) {
      const WriteBatch batch = queue_.pop(stop);
      if (batch.empty()) return;
      write(batch);
      queue_.release(batch);
    }
  }

  void write(const WriteBatch& batch) {
    try {
      resolve(batch, insert(batch));
    } catch (const storage::BadData&) {
      write_halves(batch);
    } catch (const storage::Locked& failure) {
      batch.size() == 1 ? fail(batch, failure) : write_halves(batch);
    } catch (const storage::OutcomeUnknown& failure) {
      fail(batch, failure);
    } catch (const storage::Unavailable& failure) {
      fail(batch, failure);
    } catch (const std::exception& failure) {
      fail(batch, storage::StatementFailed(failure.what()));
    }
  }

  void resolve(const WriteBatch& batch, const std::vector<Admission>& admissions) {
    report(batch, admissions);
    // All answers before the first is given: if one fails, the whole batch is told so, and no promise twice.
    std::vector<ScheduleResult> answers(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!is_locked(admissions[i])) answers[i] = answer(batch[i]->submission, admissions[i]);
    }
    WriteBatch blocked;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (is_locked(admissions[i])) {
        blocked.push_back(batch[i]);
      } else {
        batch[i]->promise.set_value(std::move(answers[i]));
      }
    }
    if (!blocked.empty()) queue_.back_off(blocked);
  }

  ScheduleResult answer(const Submission& submission, const Admission& admission) const {
    using Kind = Admission::Kind;
    const bool names_message =
        is_stored(admission.kind) || admission.kind == Kind::replayed || admission.kind == Kind::duplicate;
    if (!names_message) return result_of(submission, admission, {});
    return result_of(submission, admission, decision_on(submission, admission, clock_.now(), rules_));
  }

  // One message that cannot be stored, or only after another transaction ends, must not fail the whole batch.
  // Halving isolates it.
  void write_halves(const WriteBatch& batch) {
    if (batch.size() == 1) {
      batch.front()->promise.set_value(unstorable());
      return;
    }
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
    write(WriteBatch(batch.begin(), middle));
    write(WriteBatch(middle, batch.end()));
  }

  // When the outcome of a commit is unknown, the insert is repeated. That is safe because the identifiers are
  // assigned already: a row that was stored is found, not stored twice.
  std::vector<Admission> insert(const WriteBatch& batch) {
    std::vector<const Submission*> submissions;
    submissions.reserve(batch.size());
    for (const auto& write : batch) submissions.push_back(&write->submission);
    const auto deadline = std::chrono::steady_clock::now() + kMaxInDoubt;
    const auto is_too_late = [deadline] { return std::chrono::steady_clock::now() >= deadline; };
    bool in_doubt = false;
    while (true) {
      try {
        auto admissions = submit(submissions, in_doubt);
        // After a lost connection, our own unfinished transaction may be the one that holds the locks.
        if (!in_doubt || !std::ranges::any_of(admissions, is_locked)) return admissions;
        if (is_too_late()) throw storage::OutcomeUnknown("rows are locked by another transaction");
      } catch (const storage::OutcomeUnknown&) {
        in_doubt = true;
        if (is_too_late()) throw;
      } catch (const storage::Unavailable& failure) {
        if (!in_doubt) throw;
        if (is_too_late()) throw storage::OutcomeUnknown(failure.what());
      }
      std::this_thread::sleep_for(kRetryInterval);
    }
  }

  // A repetition promotes nothing: the answer that was lost may be that of a promotion. Nor does a call for
  // which values of a user cannot be read, or a promotion cannot be stored: the pass postpones such a user
  // alone.
  std::vector<Admission> submit(const storage::QueueStore::Submissions& submissions, bool in_doubt) {
    const Instant now = clock_.now();
    const storage::QueueStore::Scope scope{now, now - limits_.duplicate_window, limits_.max_queue_per_user,
                                           in_doubt};
    if (!in_doubt) {
      try {
        const auto promotions = decide_promotions(store_, submissions, now, ids_, rules_);
        if (!promotions.empty()) return store_.submit(submissions, promotions, scope);
      } catch (const storage::BadData& failure) {
        logging::warning(fmt::format("Urgent messages are left to the pass: {}", failure.what()));
      }
    }
    return store_.submit(submissions, {}, scope);
  }

  void report(const WriteBatch& batch, const std::vector<Admission>& admissions) {
    const auto promoted = std::ranges::count(admissions, Admission::Kind::promoted, &Admission::kind);
    if (promoted > 0) hooks_.promoted(promoted);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const bool waits = !is_locked(admissions[i]) && admissions[i].kind != Admission::Kind::promoted;
      if (!waits || !is_express(batch[i]->submission.request.priority)) continue;
      hooks_.express_queued();
      return;
    }
  }

  storage::QueueStore& store_;
  const Clock& clock_;
  UuidV7Source& ids_;
  const IngestConfig limits_;
  const RuleDefaults rules_;
  const Hooks hooks_;
  WriteQueue queue_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

Ingest::Ingest(storage::QueueStore& store, const Clock& clock, UuidV7Source& ids, const IngestConfig& limits,
               const RuleDefaults& rules, Hooks hooks)
    : writers_(std::make_unique<WriterPool>(store, clock, ids, limits, rules, std::move(hooks))) {}

Ingest::~Ingest() = default;

ScheduleResult Ingest::schedule(ScheduleRequest request) {
  const auto write = writers_->submit(std::move(request));
  return await_result(*write, std::chrono::steady_clock::now() + kCallerTimeout);
}

void Ingest::schedule_all(const NextRequest& next, const TakeResult& take) {
  ResultWindow window(take);
  while (auto request = next()) {
    if (!*request) {
      window.add(answered(request->rejection()));
    } else if (window.has_timed_out()) {  // each further window would wait as long again
      window.add(answered(unavailable()));
    } else {
      window.add(writers_->submit(**std::move(request)));
    }
  }
  window.finish();
}

}  // namespace orchestrator::ingest
