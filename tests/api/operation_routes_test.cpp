// Health, readiness, metrics, and a pass on request.

#include "api/operation_routes.hpp"

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;
using testing::schedule_body;

TEST(OperationRoutes, HealthDoesNotUseTheDatabase) {
  FakeService service;
  service.database_ready = false;
  EXPECT_EQ(
      exchange(service.port(), "GET", "/health").body,
      R"({"status":"healthy","service":"message-orchestrator","timestamp":"2026-11-20T18:00:00.000000Z",)"
      R"("stats":{"messagesQueued":0,"messagesProcessed":0,"lastProcessTime":null,"processorRunning":false}})");
  service.post(schedule_body());
  service.post("{}");
  service.current_processor_status = {
      .running = true, .messages_processed = 45, .last_process_time = parse_instant("2026-11-20T17:59:30Z")};
  EXPECT_EQ(exchange(service.port(), "GET", "/health").json()["stats"], json::parse(R"({
    "messagesQueued": 1, "messagesProcessed": 45, "lastProcessTime": "2026-11-20T17:59:30.000000Z",
    "processorRunning": true})"));
}

TEST(OperationRoutes, ReadyDependsOnTheDatabase) {
  FakeService service;
  EXPECT_EQ(exchange(service.port(), "GET", "/ready").status, 200);
  service.database_ready = false;
  const Answer answer = exchange(service.port(), "GET", "/ready");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error(), "unavailable");
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
}

TEST(OperationRoutes, ProcessQueueNeedsNoBody) {
  FakeService service;
  support::RawClient client(service.port());
  client.send("POST /process-queue HTTP/1.1\r\n\r\n");  // as curl -X POST sends it
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(
      answer->body,
      R"({"success":true,"message":"Queue processed successfully","lastProcessTime":)"
      R"("2026-11-20T18:00:00.000000Z","promoted":3,"deferred":2,"expired":0,"cancelled":0,"failed":0})");
  EXPECT_EQ(exchange(service.port(), "POST", "/process-queue", "{}").status, 200);
}

TEST(OperationRoutes, MetricsAreInThePrometheusFormat) {
  FakeService service;
  const Answer answer = exchange(service.port(), "GET", "/metrics");
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body, "orchestrator_up 1\n");
}

TEST(OperationRoutes, ApiHealthRaisesAlerts) {
  FakeService service;
  service.current_processor_status.running = true;
  const auto health = [&] { return exchange(service.port(), "GET", "/api/health").json(); };
  EXPECT_EQ(health()["status"], "healthy");
  EXPECT_EQ(health()["alerts"], json::array());

  service.coordinator.stats.contacts_waiting = 11;  // the threshold is 10
  service.coordinator.stats.turns = 94;
  service.coordinator.stats.failed_turns = 6;
  service.current_processor_status.running = false;
  const json degraded = health();
  EXPECT_EQ(degraded["status"], "degraded");
  std::vector<std::string> alerts;
  for (const auto& alert : degraded["alerts"]) alerts.push_back(alert["alert"].get<std::string>());
  EXPECT_EQ(alerts, (std::vector<std::string>{"too_many_waiting", "low_success_rate", "processor_stopped"}));
  EXPECT_EQ(degraded["coordinator"]["successRate"], 94.0);
}

TEST(OperationRoutes, HandlersHealthCoversCoordinatorAndProcessor) {
  FakeService service;
  service.coordinator.stats.contacts_waiting = 11;
  service.coordinator.stats.messages_waiting = 20;
  service.current_processor_status = {.running = true, .messages_processed = 7, .last_process_time = {}};
  EXPECT_EQ(exchange(service.port(), "GET", "/api/admin/handlers-health").json(), json::parse(R"({
    "timestamp": "2026-11-20T18:00:00.000000Z",
    "handlers": {
      "coordinator": {"healthy": false, "successRate": 100.0, "currentlyProcessing": 0, "totalQueued": 20,
                      "totalErrors": 0},
      "processor": {"healthy": true, "messagesProcessed": 7, "lastProcessTime": null}}})"));
}

TEST(OperationRoutes, QueueStatsCountContactsAndMessages) {
  FakeService service;
  service.coordinator.stats.contacts_in_process = 2;
  service.coordinator.stats.contacts_waiting = 3;
  service.coordinator.stats.messages_waiting = 9;
  EXPECT_EQ(
      exchange(service.port(), "GET", "/queue-stats").body,
      R"({"totalMessages":9,"activeUsers":5,"processing":2,"timestamp":"2026-11-20T18:00:00.000000Z"})");
}

}  // namespace
}  // namespace orchestrator::api
