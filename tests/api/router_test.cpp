// The route table as a client sees it, and which clients are allowed.

#include "api/router.hpp"

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using support::Answer;
using support::exchange;
using testing::FakeService;
using testing::schedule_body;

TEST(Router, IndexListsTheRoutes) {
  FakeService service;
  const auto routes = exchange(service.port(), "GET", "/").json()["routes"];
  EXPECT_EQ(routes[0], "POST /schedule-message");
  EXPECT_EQ(exchange(service.port(), "GET", "/?x=%zz&&=").status, 200);
}

TEST(Router, WrongMethodIsToldTheAllowedOnes) {
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

TEST(Router, AnswersOptionsAndHead) {
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

TEST(Router, RequiresAKeyExceptForHealthAndReady) {
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

TEST(Router, RefusesAMissingKeyBeforeReadingTheBody) {
  FakeService service({"key"});
  support::RawClient client(service.port());
  client.send("POST /schedule-message HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
}

}  // namespace
}  // namespace orchestrator::api
