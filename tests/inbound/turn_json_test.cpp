#include "inbound/turn_json.hpp"

#include <gtest/gtest.h>

namespace orchestrator::inbound {
namespace {

TEST(TurnJson, WritesATurn) {
  Turn turn;
  turn.id = "t1";
  turn.token = "k1";
  turn.contact_id = "+15550100000";
  turn.user = UserId("maria");
  turn.attempt = 2;
  turn.lease_until = Instant{std::chrono::seconds{1'800'000'030}};
  turn.messages = {{MessageId("m1"), "SM1", "Oi", "text", Instant{std::chrono::seconds{1'800'000'000}}, "{}"},
                   {MessageId("m2"), std::nullopt, "", "image", Instant{std::chrono::seconds{1'800'000'001}},
                    R"({"media":["https://x/1"]})"}};
  EXPECT_EQ(to_json(turn).dump(),
            R"({"turnId":"t1","token":"k1","contactId":"+15550100000","userId":"maria","attempt":2,)"
            R"("leaseExpiresAt":"2027-01-15T08:00:30.000000Z","messages":[)"
            R"({"messageId":"SM1","id":"m1","text":"Oi","messageType":"text",)"
            R"("timestamp":"2027-01-15T08:00:00.000000Z","metadata":{}},)"
            R"({"messageId":"m2","id":"m2","text":"","messageType":"image",)"
            R"("timestamp":"2027-01-15T08:00:01.000000Z","metadata":{"media":["https://x/1"]}}]})");
}

TEST(TurnJson, ReadsAnswers) {
  const AgentAnswer answer =
      answer_from_json(R"({"success":true,"response":"Hello","agentId":"concierge_1","x":1})");
  EXPECT_TRUE(answer.success);
  EXPECT_EQ(answer.response, "Hello");
  EXPECT_EQ(answer.agent, "concierge_1");
  EXPECT_TRUE(answer_from_json(R"({"success":true})").success);
  EXPECT_TRUE(answer_from_json(R"({"success":true,"response":null})").success);
  EXPECT_EQ(answer_from_json(R"({"success":false,"error":"no model"})").error, "no model");
}

TEST(TurnJson, TurnsMalformedAnswersIntoFailures) {
  for (const std::string& body : std::initializer_list<std::string>{
           std::string(), std::string("ok"), std::string("[]"), std::string("{}"),
           std::string(R"({"success":"yes"})"), std::string(R"({"success":true,"response":5})"),
           std::string(R"({"success":true,"response":"a\u0000b"})"),
           std::string(R"({"success":false,"error":"a\u0000b"})"),
           R"({"success":true,"response":")" + std::string(65'537, 'a') + "\"}",
           R"({"success":true,"x":)" + std::string(100'000, '[') + "}",
           std::string("{\"success\":true,\"response\":\"\xff\"}")}) {
    const AgentAnswer answer = answer_from_json(body);
    EXPECT_FALSE(answer.success) << body.substr(0, 60);
    EXPECT_NE(answer.error, "") << body.substr(0, 60);
  }
}

}  // namespace
}  // namespace orchestrator::inbound
