// The routes by which agents pull turns and answer them.

#include "api/turn_routes.hpp"

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using support::Answer;
using support::exchange;
using testing::FakeService;

constexpr const char* kTurn = "019a0000-0000-7000-8000-00000000000b";
constexpr const char* kToken = "019a0000-0000-4000-8000-00000000000c";

std::string token_and(const std::string& fields = {}) {
  return std::string(R"({"token":")") + kToken + "\"" + (fields.empty() ? "" : "," + fields) + "}";
}

class TurnRoutesTest : public ::testing::Test {
 protected:
  TurnRoutesTest() {
    service.turns.known_turn = kTurn;
    service.turns.finished.outcome = TurnOutcome::done;
  }
  Answer post(const std::string& path, const std::string& body) {
    return exchange(service.port(), "POST", "/inbound/" + path, body);
  }

  FakeService service;
};

TEST_F(TurnRoutesTest, ClaimHasNoContentWhenNoTurnIsDue) {
  EXPECT_EQ(post("claim", "").status, 204);
  service.turns.due_turn = Turn{};
  service.turns.due_turn->id = kTurn;
  const Answer answer = post("claim", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(kTurn), std::string::npos);
}

TEST_F(TurnRoutesTest, CompleteAndFailRecordTheAnswer) {
  const std::string path = kTurn;
  EXPECT_EQ(post(path + "/complete", token_and(R"("success":true,"response":"Hi","agentId":"a")")).body,
            R"({"success":true,"status":"done"})");
  EXPECT_EQ(post(path + "/fail", token_and(R"("error":"timeout")")).status, 200);
  ASSERT_EQ(service.turns.answers.size(), 2u);
  EXPECT_TRUE(service.turns.answers[0].success);
  EXPECT_EQ(service.turns.answers[0].response, "Hi");
  EXPECT_EQ(service.turns.answers[0].agent, "a");
  EXPECT_FALSE(service.turns.answers[1].success);
  EXPECT_EQ(service.turns.answers[1].error, "timeout");
}

TEST_F(TurnRoutesTest, RefusesUnknownTurnsStaleTokensAndBadBodies) {
  struct Case {
    std::string path;
    std::string body;
    int status;
    const char* error;
  };
  const std::string turn = kTurn;
  const std::string unknown = "019a0000-0000-7000-8000-0000000000ff";
  const Case cases[] = {
      {"nonsense/fail", token_and(), 404, "unknown_turn"},
      {"%FF/renew", token_and(), 404, "unknown_turn"},
      {unknown + "/fail", token_and(), 404, "unknown_turn"},
      {unknown + "/renew", token_and(), 404, "unknown_turn"},
      {turn + "/fail", R"({"token":"nonsense"})", 409, "stale_token"},
      {turn + "/renew", token_and(), 409, "stale_token"},
      {turn + "/renew", R"({"token":"nonsense"})", 409, "stale_token"},
      {turn + "/fail", "{}", 400, "missing_fields"},
      {turn + "/complete", token_and(), 400, "missing_fields"},
      {turn + "/renew", token_and(R"("error":"x")"), 400, "unknown_field"},
      {turn + "/complete", token_and(R"("success":true,"response":")" + std::string(65'537, 'x') + "\""), 422,
       "too_long"},
      {turn + "/fail", "[]", 400, "invalid_json"},
  };
  for (const Case& c : cases) {
    const Answer answer = post(c.path, c.body);
    EXPECT_EQ(answer.status, c.status) << c.path << " " << c.body.substr(0, 100);
    EXPECT_EQ(answer.error(), c.error) << c.path << " " << c.body.substr(0, 100);
  }
  EXPECT_TRUE(service.turns.answers.empty());
}

TEST_F(TurnRoutesTest, RenewReturnsTheNewEndOfTheLease) {
  service.turns.renewed_until = parse_instant("2026-11-20T18:01:00Z");
  EXPECT_EQ(post(std::string(kTurn) + "/renew", token_and()).body,
            R"({"success":true,"leaseExpiresAt":"2026-11-20T18:01:00.000000Z"})");
}

TEST_F(TurnRoutesTest, TheOutcomeOfTheReplyIsReported) {
  service.turns.finished = {.outcome = TurnOutcome::done,
                            .reply = MessageId("r"),
                            .reply_is_repeated = true,
                            .reply_is_withheld = true};
  EXPECT_EQ(post(std::string(kTurn) + "/complete", token_and(R"("success":true)")).body,
            R"({"success":true,"status":"done","replyMessageId":"r","duplicateReply":true,)"
            R"("withheld":"opted_out"})");
  service.turns.finished.outcome = TurnOutcome::stale;
  EXPECT_EQ(post(std::string(kTurn) + "/fail", token_and()).error(), "stale_token");
}

TEST(TurnRoutes, RequireAKey) {
  FakeService service({"key"});
  EXPECT_EQ(exchange(service.port(), "POST", "/inbound/claim").status, 401);
}

}  // namespace
}  // namespace orchestrator::api
