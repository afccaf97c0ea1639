// Inbound messages through the real binary, with an agent that turns are pushed to, and one that pulls them.
#include <gtest/gtest.h>

#include <condition_variable>
#include <set>

#include "support/agent_server.hpp"
#include "support/eventually.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using support::AgentServer;
using support::eventually;
using support::HttpClient;
using support::RunningService;
using support::says;
using Texts = std::vector<std::string>;

json incoming(const std::string& contact, const std::string& text, const std::string& id) {
  return {{"contactId", contact}, {"text", text}, {"messageId", id}};
}

// Blocks an agent in the middle of a turn until released.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return is_open_; });
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

TEST(ServiceInbound, TurnsArePushedToTheAgentOneAtATime) {
  Gate gate;
  AgentServer agent([&](const json& turn) {
    if (turn.at("messages").at(0).at("text") == "Oi") gate.pass();
    return says("You said " + std::to_string(turn.at("messages").size()));
  });
  RunningService running({{"AGENT_WEBHOOK_URL", agent.url()}});
  EXPECT_EQ(running.http.post("/inbound-messages", incoming("ana", "Oi", "1")).json().at("status"), "queued");
  ASSERT_TRUE(eventually([&] { return agent.turns().size() == 1; }));
  running.http.post("/inbound-messages", incoming("ana", "a table", "2"));
  running.http.post("/inbound-messages", incoming("ana", "for two", "3"));
  EXPECT_EQ(running.http.post("/inbound-messages", incoming("ana", "Oi", "4")).json().at("status"),
            "duplicate");
  running.http.post("/inbound-messages", incoming("bea", "Hello", "5"));
  EXPECT_TRUE(eventually([&] { return running.sent_to("bea") == Texts{"You said 1"}; }))
      << "no agent call for ana";
  EXPECT_EQ(agent.texts_of("ana"), Texts{"Oi"});
  gate.open();
  EXPECT_TRUE(eventually([&] { return running.sent_to("ana") == Texts{"You said 1", "You said 2"}; }));
  EXPECT_EQ(agent.texts_of("ana"), (Texts{"Oi", "a table|for two"}));
  const json stats = running.http.get("/api/admin/coordinator/stats").json();
  EXPECT_EQ(stats.at("totalProcessed"), 4);
  EXPECT_EQ(stats.at("duplicatesDetected"), 1);
  EXPECT_EQ(stats.at("totalTurns"), 3);
}

TEST(ServiceInbound, ATurnIsAttemptedThreeTimes) {
  AgentServer agent([](const json& turn) {
    if (turn.at("contactId") == "ana") return AgentServer::Answer{500, "oops"};
    return turn.at("attempt") == 1 ? AgentServer::Answer{200, "not json"} : says("better now");
  });
  RunningService running({{"AGENT_WEBHOOK_URL", agent.url()}, {"FALLBACK_TEXT", "Sorry!"}});
  running.http.post("/inbound-messages", incoming("ana", "Oi", "1"));
  running.http.post("/inbound-messages", incoming("bea", "Oi", "2"));
  EXPECT_TRUE(eventually([&] { return running.sent_to("ana") == Texts{"Sorry!"}; }, 20s));
  EXPECT_TRUE(eventually([&] { return running.sent_to("bea") == Texts{"better now"}; }));
  EXPECT_EQ(agent.texts_of("ana"), (Texts{"Oi", "Oi", "Oi"}));
  EXPECT_EQ(running.sql.value("SELECT status || ': ' || error FROM inbound_turns WHERE user_id = 'ana'"),
            "failed: the agent answered 500");
}

TEST(ServiceInbound, AnotherInstanceTakesOverTheTurnsOfAKilledOne) {
  Gate gate;
  std::atomic<int> tries = 0;
  AgentServer agent([&](const json&) {
    const int mine = ++tries;
    if (mine == 1) gate.pass();
    return says("answer " + std::to_string(mine));
  });
  const support::Variables settings = {{"AGENT_WEBHOOK_URL", agent.url()}, {"TURN_LEASE_SECONDS", "2"}};
  RunningService first(settings);
  first.http.post("/inbound-messages", incoming("ana", "Oi", "1"));
  ASSERT_TRUE(eventually([&] { return tries == 1; }));
  first.service.kill();
  support::Service second(
      support::with(support::with(support::kNoLoop, settings), {{"DATABASE_URL", first.url()}}));
  EXPECT_TRUE(eventually([&] { return first.sent_to("ana") == Texts{"answer 2"}; }, 20s));
  gate.open();
  EXPECT_EQ(first.sql.value("SELECT attempt || ' ' || status FROM inbound_turns"), "2 done");
  EXPECT_EQ(first.sql.value("SELECT sum(timeouts) FROM inbound_counters"), "1");
}

TEST(ServiceInbound, TheLeaseOfASlowAgentIsRenewed) {
  Gate gate;
  AgentServer agent([&](const json&) {
    gate.pass();
    return says("at last");
  });
  RunningService running({{"AGENT_WEBHOOK_URL", agent.url()}, {"TURN_LEASE_SECONDS", "1"}});
  running.http.post("/inbound-messages", incoming("ana", "Oi", "1"));
  const std::string first_lease = [&] {
    std::string lease;
    EXPECT_TRUE(eventually([&] {
      lease = running.sql.value("SELECT coalesce(max(lease_until)::text, '') FROM inbound_turns");
      return !lease.empty();
    }));
    return lease;
  }();
  EXPECT_TRUE(eventually([&] {
    return running.sql.value("SELECT max(lease_until) > '" + first_lease +
                             "'::timestamptz + interval '2 s' FROM inbound_turns") == "t";
  })) << "the lease is renewed meanwhile";
  gate.open();
  EXPECT_TRUE(eventually([&] { return running.sent_to("ana") == Texts{"at last"}; }));
  EXPECT_EQ(agent.turns().size(), 1u);
}

TEST(ServiceInbound, AnUnlockedTurnIsNotReleasedByItsFormerWorker) {
  Gate first_try;
  Gate second_try;
  AgentServer agent([&](const json& turn) {
    (turn.at("attempt") == 1 ? first_try : second_try).pass();
    return says("try " + turn.at("attempt").dump());
  });
  RunningService running({{"AGENT_WEBHOOK_URL", agent.url()}, {"TURN_LEASE_SECONDS", "1"}});
  running.http.post("/inbound-messages", incoming("ana", "Oi", "1"));
  ASSERT_TRUE(eventually([&] { return agent.turns().size() == 1; }));
  running.http.post("/api/admin/coordinator/unlock/ana");
  ASSERT_TRUE(eventually([&] { return agent.turns().size() == 2; }));
  first_try.open();
  ASSERT_TRUE(running.service.prints("Late answer to turn"));
  const std::string lease = running.sql.value("SELECT lease_until FROM inbound_turns");
  EXPECT_TRUE(eventually([&] {
    return running.sql.value("SELECT lease_until > '" + lease +
                             "'::timestamptz + interval '2 s' FROM inbound_turns") == "t";
  })) << "the second try's lease is renewed";
  second_try.open();
  EXPECT_TRUE(eventually([&] { return running.sent_to("ana") == Texts{"try 2"}; }));
  EXPECT_EQ(agent.turns().size(), 2u);
}

TEST(ServiceInbound, AShutdownDuringATurnIsNoFailedAttempt) {
  Gate gate;
  AgentServer agent([&](const json&) {
    gate.pass();
    return says("hello");
  });
  const support::Variables settings = {{"AGENT_WEBHOOK_URL", agent.url()}};
  RunningService first(settings);
  first.http.post("/inbound-messages", incoming("ana", "Oi", "1"));
  ASSERT_TRUE(eventually([&] { return agent.turns().size() == 1; }));
  first.service.terminate();
  ASSERT_TRUE(first.service.wait(10s)) << "an agent that hangs does not hold up the stop";
  EXPECT_EQ(first.sql.value("SELECT status || ' ' || (next_turn_at <= now()) FROM inbound_turns "
                            "JOIN inbound_contacts USING (user_id)"),
            "retrying true");
  gate.open();
  support::Service second(
      support::with(support::with(support::kNoLoop, settings), {{"DATABASE_URL", first.url()}}));
  EXPECT_TRUE(eventually([&] { return first.sent_to("ana") == Texts{"hello"}; }));
  EXPECT_EQ(first.sql.value("SELECT attempt FROM inbound_turns"), "1");
  EXPECT_EQ(first.sql.value("SELECT sum(errors) FROM inbound_counters"), "0");
}

TEST(ServiceInbound, WithoutADatabaseTheCoordinatorRetriesOnceASecond) {
  AgentServer agent([](const json&) { return says(""); });
  RunningService running(support::Variables{{"AGENT_WEBHOOK_URL", agent.url()}});
  support::Sql operators(support::TestCluster::instance().url("postgres"));
  const std::string database = running.sql.value("SELECT current_database()");
  operators.run("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
  const auto began = std::chrono::steady_clock::now();
  operators.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database +
                "' AND application_name = 'message-orchestrator'");
  const auto complaints = [&] {
    const std::string output = running.service.output();
    int count = 0;
    for (std::size_t at = output.find("Coordinator loop failed"); at != std::string::npos; ++count)
      at = output.find("Coordinator loop failed", at + 1);
    return count;
  };
  EXPECT_TRUE(eventually([&] { return complaints() >= 3; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1900ms) << complaints() << " lines in the log";
  operators.run("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
  EXPECT_TRUE(eventually([&] { return running.http.get("/ready").status == 200; }));
}

TEST(ServiceInbound, AnAgentPullsTurns) {
  RunningService running;
  EXPECT_EQ(running.http.post("/inbound/claim").status, 204);
  running.http.post("/inbound-messages", incoming("+1 555 010-0001", "Hello", "1"));
  const json turn = running.http.post("/inbound/claim").json();
  EXPECT_EQ(turn.at("contactId"), "+15550100001");
  EXPECT_EQ(turn.at("messages").at(0).at("text"), "Hello");
  EXPECT_EQ(running.http.post("/inbound/claim").status, 204);

  const std::string path = "/inbound/" + turn.at("turnId").get<std::string>();
  const json token = {{"token", turn.at("token")}};
  EXPECT_EQ(running.http.post(path + "/renew", token).status, 200);
  EXPECT_EQ(
      running.http.post(path + "/fail", {{"token", turn.at("token")}, {"error", "busy"}}).json().at("status"),
      "retrying");
  EXPECT_EQ(running.http.post(path + "/renew", token).json().at("error"), "stale_token");
  json again;
  ASSERT_TRUE(eventually([&] {
    const auto answer = running.http.post("/inbound/claim");
    if (answer.status == 200) again = answer.json();
    return answer.status == 200;
  }));
  EXPECT_EQ(again.at("turnId"), turn.at("turnId"));
  EXPECT_EQ(again.at("attempt"), 2);
  const json late = {{"token", turn.at("token")}, {"success", true}, {"response", "late"}};
  EXPECT_EQ(running.http.post(path + "/complete", late).status, 409);
  const json good = {{"token", again.at("token")}, {"success", true}, {"response", "Hi!"}};
  const json done = running.http.post(path + "/complete", good).json();
  EXPECT_EQ(done.at("status"), "done");
  EXPECT_EQ(running.http.post(path + "/complete", good).json(), done) << "told twice, recorded once";
  EXPECT_EQ(running.sent_to("+15550100001"), Texts{"Hi!"});
  EXPECT_EQ(running.http.post("/inbound/00000000-0000-7000-8000-000000000000/complete", good).status, 404);
  EXPECT_EQ(running.http.post("/inbound/nonsense/renew", token).status, 404);
  EXPECT_EQ(running.http.post(path + "/complete", {{"token", "x"}}).status, 400);
}

TEST(ServiceInbound, OperatorsUseTheAdminRoutes) {
  RunningService running(support::Variables{{"EMERGENCY_THRESHOLD", "1"}});
  HttpClient& http = running.http;
  std::set<std::string> waiting = {"ana", "bea", "cara"};
  for (const std::string& contact : waiting) http.post("/inbound-messages", incoming(contact, "Oi", contact));
  const auto claimed = http.post("/inbound/claim").json().at("contactId").get<std::string>();
  waiting.erase(claimed);
  const std::string contacts = "/api/admin/coordinator/contact/";
  EXPECT_EQ(http.get("/queue-stats").json().at("totalMessages"), 2);
  EXPECT_EQ(http.get("/queue-stats").json().at("activeUsers"), 3);
  const json health = http.get("/api/health").json();
  EXPECT_EQ(health.at("status"), "degraded");
  EXPECT_EQ(health.at("alerts").at(0).at("alert"), "too_many_waiting");
  EXPECT_TRUE(http.get(contacts + claimed).json().at("isProcessing"));
  EXPECT_EQ(http.get(contacts + *waiting.begin()).json().at("queueSize"), 1);
  EXPECT_EQ(http.get(contacts + "unknown").status, 404);
  EXPECT_EQ(http.get("/api/admin/coordinator/stats").json().at("queueDetails").size(), 3u);
  EXPECT_EQ(http.post("/api/admin/coordinator/unlock/" + claimed).json().at("unlockedCount"), 1);
  EXPECT_EQ(http.post("/api/admin/coordinator/flush/" + *waiting.begin()).json().at("flushedMessages"), 1);
  EXPECT_EQ(http.post("/api/admin/coordinator/unlock").json().at("unlockedCount"), 0);
  EXPECT_EQ(http.post("/api/admin/coordinator/detect-deadlocks").json().at("deadlocksResolved"), 0);
  EXPECT_EQ(http.post("/api/admin/coordinator/emergency-flush").json().at("flushedMessages"), 2);
  EXPECT_TRUE(http.post("/api/admin/coordinator/test").json().at("success"));
  EXPECT_EQ(http.get("/api/health").json().at("status"), "healthy");
  EXPECT_TRUE(http.get("/api/admin/handlers-health").json().at("handlers").at("coordinator").at("healthy"));
  EXPECT_EQ(running.sql.value("SELECT count(*) FROM inbound_queue WHERE status = 'flushed'"), "3");
}

}  // namespace
}  // namespace orchestrator
