// The real binary with a stand-in for the LLM.
#include <gtest/gtest.h>

#include <future>

#include "support/anthropic.hpp"
#include "support/eventually.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using nlohmann::json;
using support::AnthropicStandIn;
using support::eventually;
using support::RunningService;
using support::ScriptedReply;
using support::Variables;
using Texts = std::vector<std::string>;

Variables with_llm(const AnthropicStandIn& anthropic) {
  return {{"ANTHROPIC_API_KEY", "sk-test"}, {"ANTHROPIC_BASE_URL", anthropic.url()}};
}

json urgent(const std::string& user, const json& message_data, bool fresh = false) {
  return {{"userId", user},
          {"agentId", "concierge_1"},
          {"messageData", message_data},
          {"priority", "urgent"},
          {"requiresFreshContext", fresh}};
}

TEST(ServiceRendering, StructuredDataIsRenderedWithinSeconds) {
  AnthropicStandIn anthropic({support::writes("Luigi's at eight.")});
  RunningService running(with_llm(anthropic));
  running.add_user("ann");
  const auto posted = running.http.post("/schedule-message", urgent("ann", {{"restaurant", "Luigi"}}));
  ASSERT_EQ(posted.status, 200) << posted.body;
  ASSERT_TRUE(eventually([&] { return running.sent_to("ann").size() == 1; }));
  EXPECT_EQ(running.sent_to("ann"), Texts{"Luigi's at eight."});
  const auto id = posted.json()["messageId"].get<std::string>();
  EXPECT_EQ(running.http.get("/messages/" + id).json()["content"], "Luigi's at eight.");
  const std::string metrics = running.http.get("/metrics").body;
  EXPECT_NE(metrics.find(R"(orchestrator_llm_calls_total{outcome="rendered",question="rendering"} 1)"),
            std::string::npos)
      << metrics;
}

TEST(ServiceRendering, AStaleMessageIsListedForItsAgent) {
  AnthropicStandIn anthropic({support::judges("STALE")});
  RunningService running(with_llm(anthropic));
  running.add_user("ann",
                   {{"quietHoursEnabled", true}, {"quietHoursStart", "00:00"}, {"quietHoursEnd", "24:00"}});
  const auto posted =
      running.http.post("/schedule-message", urgent("ann", {{"content", "Shall I book?"}}, true));
  ASSERT_EQ(posted.status, 200) << posted.body;
  EXPECT_EQ(anthropic.calls(), 0);
  running.sql.run(
      "INSERT INTO messages (user_id, role, content, direction, status) VALUES "
      "('ann', 'user', 'booked it myself', 'inbound', 'received')");
  json open;
  ASSERT_TRUE(eventually([&] {
    open = running.http.get("/reformulations").json()["reformulations"];
    return open.size() == 1;
  }));
  EXPECT_EQ(open[0]["original"], "Shall I book?");
  EXPECT_EQ(open[0]["saidSince"][0]["text"], "booked it myself");
  EXPECT_EQ(open[0]["messageId"], posted.json()["messageId"]);
  EXPECT_EQ(running.http.get("/messages/" + open[0]["messageId"].get<std::string>()).json()["statusReason"],
            "stale_context");
  EXPECT_EQ(running.http.post("/reformulations/" + open[0]["id"].get<std::string>() + "/done").status, 200);
  EXPECT_TRUE(running.http.get("/reformulations").json()["reformulations"].empty());
  EXPECT_EQ(running.sent_to("ann"), Texts{});
  EXPECT_TRUE(running.service.prints("Reformulation requested"));
}

// The stand-in does not answer until the test has finished.
TEST(ServiceRendering, ASlowLlmCallDelaysNoOtherPerson) {
  ScriptedReply never;
  never.kind = ScriptedReply::Kind::hang;
  AnthropicStandIn anthropic({never});
  RunningService running(with_llm(anthropic));
  for (int i = 0; i < 6; ++i) {
    const std::string user = "slow_" + std::to_string(i);
    running.add_user(user);
    ASSERT_EQ(running.http.post("/schedule-message", urgent(user, {{"what", "ever"}})).status, 200);
  }
  ASSERT_TRUE(eventually([&] { return anthropic.calls() >= 4; }));
  running.add_user("ann");
  running.post("ann", "quick", "urgent");
  running.post("slow_0", "as quick", "urgent");
  ASSERT_TRUE(eventually([&] { return running.sent_to("ann").size() == 1; }));
  ASSERT_TRUE(eventually([&] { return running.sent_to("slow_0").size() == 1; }));
  EXPECT_EQ(running.sent_to("slow_0"), Texts{"as quick"});

  const auto id = running.sql.value("SELECT id FROM message_queue WHERE user_id = 'slow_1'");
  const json why = running.http.get("/messages/" + id + "/why").json();
  EXPECT_EQ(why["reason"], "awaiting_render");
  EXPECT_TRUE(why["nextEligibleAt"].is_null());
  EXPECT_EQ(running.http.get("/messages/" + id).json()["awaiting"], "rendering");
  running.service.terminate();
  const auto ended = running.service.wait();
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, 0) << running.service.output();
}

TEST(ServiceRendering, AfterAKillTheLlmIsAskedAgain) {
  ScriptedReply never;
  never.kind = ScriptedReply::Kind::hang;
  AnthropicStandIn anthropic({never});
  RunningService running(with_llm(anthropic));
  running.add_user("ann");
  ASSERT_EQ(running.http.post("/schedule-message", urgent("ann", {{"what", "ever"}})).status, 200);
  ASSERT_TRUE(eventually([&] { return anthropic.calls() == 1; }));
  running.service.kill();
  ASSERT_TRUE(running.service.wait());
  EXPECT_EQ(running.sql.value("SELECT question FROM llm_work"), "rendering");

  anthropic.answer_with(support::writes("Here it is."));
  running.sql.run("UPDATE llm_work SET due_at = now()");  // expires the lease
  support::Service second(
      support::with(support::with(support::kNoLoop, {{"DATABASE_URL", running.url()}}), with_llm(anthropic)));
  ASSERT_TRUE(eventually([&] { return running.sent_to("ann").size() == 1; }));
  EXPECT_EQ(running.sent_to("ann"), Texts{"Here it is."});
  EXPECT_EQ(anthropic.calls(), 2);
}

TEST(ServiceRendering, WithoutAnApiKeyWaitingMessagesGoOn) {
  ScriptedReply never;
  never.kind = ScriptedReply::Kind::hang;
  AnthropicStandIn anthropic({never});
  RunningService running(with_llm(anthropic));
  running.add_user("ann");
  ASSERT_EQ(running.http.post("/schedule-message", urgent("ann", {{"what", "ever"}})).status, 200);
  ASSERT_TRUE(eventually([&] { return anthropic.calls() == 1; }));
  running.service.kill();
  ASSERT_TRUE(running.service.wait());
  support::Service second(support::with(support::kNoLoop, {{"DATABASE_URL", running.url()}}));
  ASSERT_TRUE(eventually(
      [&] { return running.sql.value("SELECT status_reason FROM message_queue") == "no_content"; }));
}

}  // namespace
}  // namespace orchestrator
