// Takes validated requests and makes them durable, many at a time: whoever calls waits for the commit of the
// group that their request was put in.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "ingest/admission.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"
#include "storage/queue_store.hpp"

namespace orchestrator::ingest {

using ScheduleResult = std::variant<Scheduled, Rejection>;

// Safe for concurrent use. Owns its writer threads; the destructor finishes what was accepted. Store and
// clock must outlive it.
class Ingest {
 public:
  // Called from a writer thread after a commit that holds an urgent or high message.
  using Wake = std::function<void()>;

  Ingest(storage::QueueStore& store, const Clock& clock, const IngestConfig& limits, Wake wake);
  ~Ingest();

  // Returns once the message is committed, or refused. Throws storage::Unavailable when nothing was stored,
  // storage::OutcomeUnknown when that cannot be known.
  ScheduleResult schedule(ScheduleRequest request);

  // The same for many: a result each, in order. One that could not be stored for want of the database is
  // rejected with 503; the others stand.
  std::vector<ScheduleResult> schedule_all(std::vector<ScheduleRequest> requests);

 private:
  class Writers;
  std::unique_ptr<Writers> writers_;
};

}  // namespace orchestrator::ingest
