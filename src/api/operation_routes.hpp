// The routes for operators and their monitoring: health, readiness, metrics, and a pass on request.
#pragma once

#include <string>

#include "api/coordinator_routes.hpp"
#include "api/process_statistics.hpp"
#include "api/router.hpp"
#include "api/schedule_routes.hpp"
#include "orchestrator/clock.hpp"
#include "processor/processor.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class OperationService {
 public:
  virtual ~OperationService() = default;

  // Runs a full pass in the calling thread.
  virtual processor::PassSummary process_queue() = 0;

  virtual processor::ProcessorStatus processor_status() = 0;  // does not use the database
  virtual bool is_database_ready() = 0;
  virtual std::string metrics_text() = 0;  // in the Prometheus text format
};

// Safe for concurrent use. What it is given must outlive it.
class OperationRoutes {
 public:
  struct Context {
    OperationService& service;
    CoordinatorService& coordinator;
    const ScheduleRoutes& scheduling;  // for the count of queued messages
    const Clock& clock;
    const ProcessMonitor& process;
  };

  explicit OperationRoutes(const Context& context) : context_(context) {}

  Routes routes();

 private:
  Result<Response> handlers_health(const Call& call);
  Result<Response> api_health(const Call& call);
  Result<Response> queue_stats(const Call& call);
  Result<Response> process_queue(const Call& call);
  Result<Response> health(const Call& call);
  Result<Response> ready(const Call& call);
  Result<Response> metrics(const Call& call);

  std::string timestamp() const { return format_instant(context_.clock.now()); }

  const Context context_;
};

}  // namespace orchestrator::api
