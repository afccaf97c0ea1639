// The routes by which operators observe the coordinator and intervene.

#include "api/coordinator_routes.hpp"

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;

class CoordinatorRoutesTest : public ::testing::Test {
 protected:
  CoordinatorRoutesTest() {
    service.coordinator.known_contact = ContactStatus{};
    service.coordinator.known_contact->contact_id = "+15551234567";
    service.coordinator.known_contact->user = UserId("ann");
    service.coordinator.known_contact->waiting = 2;
  }
  Answer send(const char* method, const std::string& path) {
    return exchange(service.port(), method, "/api/admin/coordinator/" + path);
  }

  FakeService service;
};

TEST_F(CoordinatorRoutesTest, ContactIsFoundByAnySpellingOfItsNumber) {
  for (const char* id : {"+15551234567", "15551234567", "whatsapp:%2B15551234567"}) {
    const json contact = send("GET", std::string("contact/") + id).json();
    EXPECT_EQ(contact["contactId"], "+15551234567") << id;
    EXPECT_EQ(contact["userId"], "ann");
    EXPECT_EQ(contact["queueSize"], 2);
    EXPECT_EQ(contact["turn"], nullptr);
  }
}

TEST_F(CoordinatorRoutesTest, RefusesUnknownAndMalformedContacts) {
  for (const auto& [method, path] :
       {std::pair{"GET", "contact/"}, std::pair{"POST", "flush/"}, std::pair{"POST", "unlock/"}}) {
    const Answer unknown = send(method, std::string(path) + "bob");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.error(), "unknown_contact");
    const Answer malformed = send(method, std::string(path) + "%FF");
    EXPECT_EQ(malformed.status, 400);
    EXPECT_EQ(malformed.error(), "invalid_contact_id");
  }
}

TEST_F(CoordinatorRoutesTest, FlushesAndUnlocks) {
  EXPECT_EQ(send("POST", "flush/+15551234567").body,
            R"({"success":true,"contactId":"+15551234567","flushedMessages":2})");
  EXPECT_EQ(send("POST", "emergency-flush").body,
            R"({"success":true,"flushedContacts":2,"flushedMessages":5})");
  EXPECT_EQ(send("POST", "unlock/+15551234567").body,
            R"({"success":true,"contactId":"+15551234567","unlockedCount":1})");
  EXPECT_EQ(send("POST", "unlock").body, R"({"success":true,"unlockedCount":3})");
  EXPECT_EQ(send("POST", "detect-deadlocks").body, R"({"success":true,"deadlocksResolved":4})");
}

TEST_F(CoordinatorRoutesTest, SelfTestFailsWithItsFirstFailedStep) {
  service.coordinator.self_test_steps = {{"receive", true}, {"claim", false}};
  const Answer answer = send("POST", "test");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, R"({"success":false,"steps":[{"step":"receive","passed":true},)"
                         R"({"step":"claim","passed":false}]})");
}

TEST_F(CoordinatorRoutesTest, StatsListTheBusiestContacts) {
  service.coordinator.stats.received = 12;
  const json stats = send("GET", "stats").json();
  EXPECT_EQ(stats["totalReceived"], 12);
  EXPECT_EQ(stats["queueDetails"][0]["contactId"], "+15551234567");
  EXPECT_GT(stats["memoryUsage"]["rss"], 0);
}

TEST(CoordinatorRoutes, RequireAKey) {
  FakeService service({"key"});
  EXPECT_EQ(exchange(service.port(), "GET", "/api/admin/coordinator/stats").status, 401);
}

}  // namespace
}  // namespace orchestrator::api
