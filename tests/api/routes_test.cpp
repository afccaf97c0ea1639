// The route table as a client sees it, and who may call.

#include "api/routes.hpp"

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using support::Answer;
using support::exchange;
using testing::FakeService;
using testing::schedule_body;

TEST(Routes, HealthCountsWithoutAskingTheDatabase) {
  FakeService service;
  service.database_ready = false;
  EXPECT_EQ(
      exchange(service.port(), "GET", "/health").body,
      R"({"status":"healthy","service":"message-orchestrator","timestamp":"2026-11-20T18:00:00.000000Z",)"
      R"("stats":{"messagesQueued":0,"messagesProcessed":0,"lastProcessTime":null,"processorRunning":false}})");
  service.post(schedule_body());
  service.post("{}");
  service.processor_status = {
      .running = true, .messages_processed = 45, .last_process_time = parse_instant("2026-11-20T17:59:30Z")};
  EXPECT_EQ(exchange(service.port(), "GET", "/health").json()["stats"], nlohmann::json::parse(R"({
    "messagesQueued": 1, "messagesProcessed": 45, "lastProcessTime": "2026-11-20T17:59:30.000000Z",
    "processorRunning": true})"));
}

TEST(Routes, ReadyFollowsTheDatabase) {
  FakeService service;
  EXPECT_EQ(exchange(service.port(), "GET", "/ready").status, 200);
  service.database_ready = false;
  const Answer answer = exchange(service.port(), "GET", "/ready");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error(), "unavailable");
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
}

TEST(Routes, ProcessQueueNeedsNoBody) {
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

TEST(Routes, MetricsAreInThePrometheusFormat) {
  FakeService service;
  const Answer answer = exchange(service.port(), "GET", "/metrics");
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body, "orchestrator_up 1\n");
}

TEST(Routes, TheIndexNamesTheRoutes) {
  FakeService service;
  const auto routes = exchange(service.port(), "GET", "/").json()["routes"];
  EXPECT_EQ(routes[0], "POST /schedule-message");
  EXPECT_EQ(exchange(service.port(), "GET", "/?x=%zz&&=").status, 200);
}

TEST(Routes, AWrongMethodNamesTheRightOnes) {
  FakeService service;
  const auto allow = [&](std::string_view method, std::string_view path) {
    const Answer answer = exchange(service.port(), method, path);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.error(), "method_not_allowed");
    return answer.headers.at("allow");
  };
  EXPECT_EQ(allow("GET", "/schedule-message"), "POST, OPTIONS");
  EXPECT_EQ(allow("DELETE", "/users/u"), "PUT, GET, HEAD, OPTIONS");
  EXPECT_EQ(allow("POST", "/messages/m"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(allow("DELETE", "/messages/m/why"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(allow("GET", "/preview"), "POST, OPTIONS");
  EXPECT_EQ(allow("POST", "/health"), "GET, HEAD, OPTIONS");
}

TEST(Routes, OptionsAndHead) {
  FakeService service;
  const Answer options = exchange(service.port(), "OPTIONS", "/users/u");
  EXPECT_EQ(options.status, 200);
  EXPECT_EQ(options.headers.at("allow"), "PUT, GET, HEAD, OPTIONS");
  EXPECT_EQ(exchange(service.port(), "OPTIONS", "/nowhere").status, 404);

  support::RawClient client(service.port());
  client.send(support::request_text("HEAD", "/health"));
  client.send(support::request_text("GET", "/health"));
  const auto head = client.read_answer(true);
  const auto get = client.read_answer();
  ASSERT_TRUE(head && get);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-length"), get->headers.at("content-length"));
  EXPECT_EQ(get->json()["status"], "healthy");

  support::RawClient refused(service.port());
  refused.send(support::request_text("HEAD", "/nowhere"));
  EXPECT_TRUE(refused.read_until_closed().ends_with("\r\n\r\n"));
}

TEST(Routes, KeysGuardAllButHealthAndReady) {
  FakeService service({"first-key", "second-key"});
  const auto status = [&](std::string_view method, std::string_view path, std::string_view headers = {}) {
    const std::string body = method == "POST" ? schedule_body() : "";
    const Answer answer = exchange(service.port(), method, path, body, headers);
    if (answer.status == 401) {
      EXPECT_EQ(answer.headers.at("www-authenticate"), "Bearer");
      EXPECT_EQ(answer.error(), "unauthorized");
    }
    return answer.status;
  };
  EXPECT_EQ(status("GET", "/health"), 200);
  EXPECT_EQ(status("GET", "/ready"), 200);
  for (const char* path :
       {"/", "/metrics", "/users/u", "/nowhere", "/schedule-message", "/messages/m", "/messages/m/why"}) {
    EXPECT_EQ(status("GET", path), 401) << path;
  }
  EXPECT_EQ(status("POST", "/process-queue"), 401);
  EXPECT_EQ(status("POST", "/schedule-message"), 401);
  EXPECT_EQ(status("POST", "/schedule-messages"), 401);
  EXPECT_EQ(status("POST", "/preview"), 401);
  EXPECT_EQ(status("DELETE", "/messages/m"), 401);
  for (const char* wrong :
       {"Authorization: Bearer\r\n", "Authorization: Bearer \r\n", "Authorization: Bearer first-ke\r\n",
        "Authorization: Bearer first-key2\r\n", "Authorization: first-key\r\n",
        "Authorization: Basic first-key\r\n", "Authorization: Bearer first%2Dkey\r\n",
        "X-Api-Key: first-key\r\n", "Authorization: Bearer wrong\r\nAuthorization: Bearer first-key\r\n"}) {
    EXPECT_EQ(status("POST", "/schedule-message", wrong), 401) << wrong;
  }
  EXPECT_TRUE(service.scheduled().empty());
  EXPECT_EQ(status("POST", "/schedule-message", "Authorization: Bearer first-key\r\n"), 200);
  EXPECT_EQ(status("POST", "/schedule-message", "authorization: bearer second-key\r\n"), 200);
  EXPECT_EQ(status("GET", "/nowhere", "Authorization: Bearer first-key\r\n"), 404);
  EXPECT_EQ(service.scheduled().size(), 2);
}

TEST(Routes, ABodyIsNotReadFromAStranger) {
  FakeService service({"key"});
  support::RawClient client(service.port());
  client.send("POST /schedule-message HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
}

}  // namespace
}  // namespace orchestrator::api
