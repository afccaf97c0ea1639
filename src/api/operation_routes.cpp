#include "api/operation_routes.hpp"

#include <utility>

#include "api/coordinator_json.hpp"

namespace orchestrator::api {

namespace {

constexpr double kHealthySuccessRate = 95;  // percent of the turns

OrderedJson alert(const char* code, const std::string& message) {
  return {{"alert", code}, {"message", message}};
}

}  // namespace

Routes OperationRoutes::routes() {
  return {
      {"GET", "/api/admin/handlers-health", Auth::api_key, Body::optional,
       std::bind_front(&OperationRoutes::handlers_health, this)},
      {"GET", "/api/health", Auth::api_key, Body::optional,
       std::bind_front(&OperationRoutes::api_health, this)},
      {"GET", "/queue-stats", Auth::api_key, Body::optional,
       std::bind_front(&OperationRoutes::queue_stats, this)},
      {"POST", "/process-queue", Auth::api_key, Body::optional,
       std::bind_front(&OperationRoutes::process_queue, this)},
      {"GET", "/health", Auth::none, Body::optional, std::bind_front(&OperationRoutes::health, this)},
      {"GET", "/ready", Auth::none, Body::optional, std::bind_front(&OperationRoutes::ready, this)},
      {"GET", "/metrics", Auth::api_key, Body::optional, std::bind_front(&OperationRoutes::metrics, this)},
  };
}

Result<Response> OperationRoutes::handlers_health(const Call&) {
  const auto stats = context_.coordinator.coordinator_stats();
  const processor::ProcessorStatus processor = context_.service.processor_status();
  return json_response(200,
                       {{"timestamp", timestamp()},
                        {"handlers",
                         {{"coordinator",
                           {{"healthy", stats.contacts_waiting <= context_.coordinator.emergency_threshold()},
                            {"successRate", success_rate(stats)},
                            {"currentlyProcessing", stats.contacts_in_process},
                            {"totalQueued", stats.messages_waiting},
                            {"totalErrors", stats.errors}}},
                          {"processor",
                           {{"healthy", processor.running},
                            {"messagesProcessed", processor.messages_processed},
                            {"lastProcessTime", or_null(processor.last_process_time, format_instant)}}}}}});
}

Result<Response> OperationRoutes::api_health(const Call&) {
  const auto stats = context_.coordinator.coordinator_stats();
  const std::size_t threshold = context_.coordinator.emergency_threshold();
  auto alerts = OrderedJson::array();
  if (stats.contacts_waiting > threshold) {
    alerts.push_back(
        alert("too_many_waiting", std::to_string(stats.contacts_waiting) +
                                      " contacts wait for their agents; EMERGENCY_THRESHOLD is " +
                                      std::to_string(threshold) + "."));
  }
  if (success_rate(stats) < kHealthySuccessRate) {
    alerts.push_back(
        alert("low_success_rate", "Fewer than 95 % of the turns succeeded; see totalErrors and the log."));
  }
  if (!context_.service.processor_status().running) {
    alerts.push_back(alert("processor_stopped", "The processor of this instance has stopped."));
  }
  const bool is_healthy = alerts.empty();
  return json_response(
      200, {{"status", is_healthy ? "healthy" : "degraded"},
            {"service", "message-orchestrator"},
            {"timestamp", timestamp()},
            {"alerts", std::move(alerts)},
            {"coordinator", to_json(stats, {}, context_.process.statistics(), context_.clock.now())}});
}

Result<Response> OperationRoutes::queue_stats(const Call&) {
  const auto stats = context_.coordinator.coordinator_stats();
  return json_response(200, {{"totalMessages", stats.messages_waiting},
                             {"activeUsers", stats.contacts_waiting + stats.contacts_in_process},
                             {"processing", stats.contacts_in_process},
                             {"timestamp", timestamp()}});
}

Result<Response> OperationRoutes::process_queue(const Call&) {
  const processor::PassSummary pass = context_.service.process_queue();
  return json_response(200, {{"success", true},
                             {"message", "Queue processed successfully"},
                             {"lastProcessTime", format_instant(pass.started_at)},
                             {"promoted", pass.promoted},
                             {"deferred", pass.deferred},
                             {"expired", pass.expired},
                             {"cancelled", pass.cancelled},
                             {"failed", pass.failed}});
}

Result<Response> OperationRoutes::health(const Call&) {
  const processor::ProcessorStatus processor = context_.service.processor_status();
  return json_response(200, {{"status", "healthy"},
                             {"service", "message-orchestrator"},
                             {"timestamp", timestamp()},
                             {"stats",
                              {{"messagesQueued", context_.scheduling.messages_queued()},
                               {"messagesProcessed", processor.messages_processed},
                               {"lastProcessTime", or_null(processor.last_process_time, format_instant)},
                               {"processorRunning", processor.running}}}});
}

Result<Response> OperationRoutes::ready(const Call&) {
  if (!context_.service.is_database_ready()) return unavailable();
  return json_response(200, {{"status", "ready"}});
}

Result<Response> OperationRoutes::metrics(const Call&) {
  return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                  .body = context_.service.metrics_text()};
}

}  // namespace orchestrator::api
