// Stores validated requests durably, many per transaction (group commit): a caller waits for the commit of
// the batch that contains its request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "orchestrator/clock.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"
#include "orchestrator/result.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/queue_store.hpp"

namespace orchestrator::ingest {

using ScheduleResult = std::variant<Scheduled, Rejection>;

// Safe for concurrent use. Owns its writer threads; the destructor finishes what was accepted. `store`,
// `clock` and `ids` must outlive it.
class Ingest {
 public:
  // Called from the writer threads after a commit.
  struct Hooks {
    std::function<void()> express_queued = [] {};  // an urgent or high message waits
    std::function<void(std::int64_t messages)> promoted = [](std::int64_t) {};  // some were promoted at once
  };

  Ingest(storage::QueueStore& store, const Clock& clock, UuidV7Source& ids, const IngestConfig& limits,
         const RuleDefaults& rules, Hooks hooks);
  ~Ingest();

  // Returns when the message is committed or rejected. Throws storage::OutcomeUnknown when the message may be
  // stored, and any other storage::Unavailable when it is not.
  ScheduleResult schedule(ScheduleRequest request);

  // The next item of a bulk request, or the refusal of an invalid one; nothing after the last.
  using NextRequest = std::function<std::optional<Result<ScheduleRequest>>()>;
  using TakeResult = std::function<void(const ScheduleResult&)>;

  // Schedules many: `take` gets one result per item, in the same order. The calling thread calls both; `next`
  // is ahead of `take` by a bounded number of items and bytes. A request that fails because the database is
  // unavailable gets a Rejection with status 503; the other results are not affected. After a commit that is
  // not confirmed in time, the remaining requests are not submitted and get 503, too.
  void schedule_all(const NextRequest& next, const TakeResult& take);

 private:
  class WriterPool;
  std::unique_ptr<WriterPool> writers_;
};

}  // namespace orchestrator::ingest
