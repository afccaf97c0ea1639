// GET /reformulations and POST /reformulations/{id}/done; and messages without content when there is an LLM.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;

constexpr const char* kId = "019a0000-0000-7000-8000-00000000000a";

ReformulationRequest request_at(const std::string& id, std::string_view created_at) {
  ReformulationRequest request;
  request.id = id;
  request.message = MessageId{"019a0000-0000-7000-8000-000000000001"};
  request.user = UserId{"ann"};
  request.agent = AgentId{"concierge_1"};
  request.original = "Shall I book for 20:00?";
  request.data = R"({"content":"Shall I book for 20:00?"})";
  request.inbound_texts = {{*parse_instant("2026-11-20T17:00:00Z"), "booked it myself"}};
  request.explanation = "it is settled";
  request.created_at = *parse_instant(created_at);
  return request;
}

Answer list(FakeService& service, const std::string& query = "") {
  return exchange(service.port(), "GET", "/reformulations" + query);
}

TEST(ReformulationRoutes, ListIncludesTheInboundTexts) {
  FakeService service;
  service.pending_reformulations = {request_at(kId, "2026-11-20T17:30:00Z")};
  const Answer answer = list(service);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json(), json::parse(R"({"reformulations": [{
    "id": "019a0000-0000-7000-8000-00000000000a",
    "messageId": "019a0000-0000-7000-8000-000000000001",
    "userId": "ann", "agentId": "concierge_1", "conversationId": null,
    "original": "Shall I book for 20:00?", "messageData": {"content": "Shall I book for 20:00?"},
    "saidSince": [{"at": "2026-11-20T17:00:00.000000Z", "text": "booked it myself"}],
    "explanation": "it is settled", "requestedAt": "2026-11-20T17:30:00.000000Z"}]})"));
}

TEST(ReformulationRoutes, ListFiltersBySinceAndLimit) {
  struct Situation {
    std::string query;
    int status;
    std::size_t found;
  };
  const Situation situations[] = {
      {"", 200, 2},
      {"?limit=1", 200, 1},
      {"?since=2026-11-20T17:30:00Z", 200, 1},
      {"?since=2026-11-20T18:30:00%2B01:00&limit=5", 200, 1},
      {"?since=2026-11-20T18:00:00Z", 200, 0},
      {"?since=yesterday", 400, 0},
      {"?limit=0", 400, 0},
      {"?limit=1001", 400, 0},
      {"?limit=ten", 400, 0},
      {"?limit=%zz", 400, 0},
  };
  FakeService service;
  service.pending_reformulations = {request_at(kId, "2026-11-20T17:30:00Z"),
                                    request_at("another", "2026-11-20T17:40:00Z")};
  for (const auto& situation : situations) {
    const Answer answer = list(service, situation.query);
    EXPECT_EQ(answer.status, situation.status) << situation.query;
    if (answer.status == 200) {
      EXPECT_EQ(answer.json()["reformulations"].size(), situation.found) << situation.query;
    } else {
      EXPECT_EQ(answer.json()["error"], "invalid_query") << situation.query;
    }
  }
}

TEST(ReformulationRoutes, DoneRemovesARequestFromTheList) {
  FakeService service;
  service.pending_reformulations = {request_at(kId, "2026-11-20T17:30:00Z")};
  const std::string path = std::string("/reformulations/") + kId + "/done";
  EXPECT_EQ(exchange(service.port(), "POST", path).status, 200);
  EXPECT_EQ(list(service).json()["reformulations"].size(), 0);
  const Answer unknown = exchange(service.port(), "POST", "/reformulations/unknown/done");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.json()["error"], "unknown_reformulation");
}

TEST(MessageWithoutContent, IsAcceptedWithALlm) {
  struct Situation {
    std::string message_data;
    int without_llm;
    int with_llm;
  };
  const Situation situations[] = {
      {R"({"restaurant": "Luigi"})", 422, 200},
      {R"({"content": null, "restaurant": "Luigi"})", 422, 200},
      {R"({"content": "Hello"})", 200, 200},
      {R"({})", 422, 422},
      {R"({"restaurant": null})", 422, 422},
      {R"({"content": " "})", 422, 422},
      {R"({"content": 7})", 400, 400},
      {R"({"sequence": [{"content": "one"}, {"restaurant": "Luigi"}]})", 422, 422},
  };
  RuleDefaults with_llm;
  with_llm.has_renderer = true;
  FakeService plain;
  FakeService rendering({}, testing::short_limits(), {}, with_llm);
  for (const auto& [message_data, without, with] : situations) {
    const std::string body = R"({"userId":"u","agentId":"a","messageData":)" + message_data + "}";
    EXPECT_EQ(plain.post(body).status, without) << message_data;
    EXPECT_EQ(rendering.post(body).status, with) << message_data;
  }
}

TEST(MessageWithoutContent, IsPreviewed) {
  RuleDefaults with_llm;
  with_llm.has_renderer = true;
  FakeService service({}, testing::short_limits(), {}, with_llm);
  const std::string body = R"({"user": {"timezone": "Europe/Berlin"}, "messageData": {"restaurant": "Luigi"},
                              "at": )";
  const json noon = exchange(service.port(), "POST", "/preview", body + R"("2026-11-20T12:00:00Z"})").json();
  EXPECT_EQ(noon["decision"], "defer");
  EXPECT_EQ(noon["reason"], "awaiting_render");
  EXPECT_TRUE(noon["eligibleAt"].is_null());
  EXPECT_EQ(noon["rules"].size(), 11);
  const json night = exchange(service.port(), "POST", "/preview", body + R"("2026-11-20T23:00:00Z"})").json();
  EXPECT_EQ(night["reason"], "quiet_hours");
  EXPECT_EQ(night["eligibleAt"], "2026-11-21T07:00:00.000000Z");
}

}  // namespace
}  // namespace orchestrator::api
