// The routes by which agents schedule messages: POST /schedule-message and POST /schedule-messages.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "api/bulk_body.hpp"
#include "api/router.hpp"
#include "ingest/ingest.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rules.hpp"
#include "server/concurrency_limiter.hpp"

namespace orchestrator::api {

inline constexpr server::BodyLimit kBulkBodyLimit{std::size_t{16} * 1024 * 1024};

// Called from many threads at once; may throw what storage/errors.hpp lists.
class ScheduleService {
 public:
  virtual ~ScheduleService() = default;

  // Returns once the message is committed, or refused.
  virtual ingest::ScheduleResult schedule(ScheduleRequest request) = 0;

  using NextRequest = ingest::Ingest::NextRequest;
  using TakeResult = ingest::Ingest::TakeResult;

  // `take` gets one result per item that `next` returns, in order. The result of a request that could not be
  // stored because the database failed is a Rejection with status 503.
  virtual void schedule_all(const NextRequest& next, const TakeResult& take) = 0;

  // How long POST /schedule-message took, for the metrics.
  virtual void record_duration(std::chrono::duration<double> duration) = 0;
};

// Safe for concurrent use. What it is given must outlive it.
class ScheduleRoutes {
 public:
  ScheduleRoutes(ScheduleService& service, const Clock& clock, const RuleDefaults& rules)
      : service_(service), clock_(clock), rules_(rules) {}

  Routes routes();

  // Messages that this instance has queued since it started.
  std::int64_t messages_queued() const { return messages_queued_; }

 private:
  Result<Response> schedule_one(const Call& call);
  BodySink receive_many(const server::RequestHead& head);
  Result<Response> schedule_many(const Call& call, BulkBody& body);

  ScheduleService& service_;
  const Clock& clock_;
  const RuleDefaults rules_;
  server::ConcurrencyLimiter bulk_requests_{2, 32};  // two keep both writer threads of ingest busy
  std::atomic<std::int64_t> messages_queued_ = 0;
};

}  // namespace orchestrator::api
