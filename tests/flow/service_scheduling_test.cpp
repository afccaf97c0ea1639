// The real binary: posted messages and their promotion.
#include <gtest/gtest.h>

#include "support/eventually.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using support::eventually;
using support::RunningService;
using support::Variables;
using Texts = std::vector<std::string>;

TEST(ServiceScheduling, APostedMessageEndsAsAPendingRowForAnOutsideSender) {
  RunningService running;
  running.add_user("ann");
  const std::string queued = running.post("ann", "Your table is booked.", "high");
  ASSERT_TRUE(eventually([&] { return !running.sent_to("ann").empty(); }));
  EXPECT_EQ(running.sql.value("SELECT concat_ws('|', user_id, direction, role, content, status, queue_id) "
                              "FROM messages"),
            "ann|outbound|concierge|Your table is booked.|pending|" + queued);
  EXPECT_EQ(running.sql.value("SELECT status FROM message_queue WHERE id = '" + queued + "'"), "sent");
}

TEST(ServiceScheduling, TheConsoleSenderPrintsWhatWouldBeTexted) {
  RunningService running(Variables{{"SENDER", "console"}});
  running.add_user("ann", {{"phoneNumber", "+15550100042"}});
  running.post("ann", "Your table is booked.", "high");
  EXPECT_TRUE(running.service.prints("Text to ann (+1*******42): Your table is booked."));
  EXPECT_TRUE(eventually([&] { return running.sql.value("SELECT status FROM messages") == "sent"; }));
  EXPECT_EQ(running.sql.value("SELECT concat_ws('|', provider, provider_message_id = 'console-' || id, "
                              "attempts, sent_at >= created_at, lease_token IS NULL) FROM messages"),
            "console|t|1|t|t");
}

TEST(ServiceScheduling, AFullPassOnDemandReportsItsResult) {
  RunningService running;
  for (const std::string user : {"ann", "bob", "eve", "max", "zoe"}) running.add_user(user);
  running.post("ann", "one");
  running.post("ann", "two");
  running.add_user("bob",
                   {{"quietHoursEnabled", true}, {"quietHoursStart", "00:00"}, {"quietHoursEnd", "24:00"}});
  running.post("bob", "held");
  running.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, expires_at) VALUES
                     ('eve', 'a', '{"content": "late"}', now()), ('max', 'a', '{}', NULL))");
  running.post("zoe", "unwanted");
  running.sql.run("UPDATE users SET opted_out_at = now() WHERE id = 'zoe'");
  EXPECT_EQ(running.sql.value("SELECT count(*) FROM messages"), "0");

  const auto answer = running.http.post("/process-queue");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto told = answer.json();
  EXPECT_EQ(told["success"], true);
  EXPECT_EQ(told["promoted"], 1);
  EXPECT_EQ(told["deferred"], 1);
  EXPECT_EQ(told["expired"], 1);
  EXPECT_EQ(told["failed"], 1);
  EXPECT_EQ(told["cancelled"], 1);
  EXPECT_EQ(running.sent_to("ann"), Texts{"one"});

  const auto stats = running.http.get("/health").json()["stats"];
  EXPECT_EQ(stats["messagesQueued"], 4);
  EXPECT_EQ(stats["messagesProcessed"], 1);
  EXPECT_EQ(stats["lastProcessTime"], told["lastProcessTime"]);
  EXPECT_EQ(stats["processorRunning"], true);
}

TEST(ServiceScheduling, MetricsReportDepthByLaneAndCounts) {
  RunningService running(Variables{{"SENDER", "console"}});
  running.add_user("ann");
  running.add_user("bob",
                   {{"quietHoursEnabled", true}, {"quietHoursStart", "00:00"}, {"quietHoursEnd", "24:00"}});
  running.post("ann", "hello", "urgent");
  running.post("bob", "held");
  running.post("bob", "held too", "low");
  running.post("bob", "held as well", "low");
  ASSERT_TRUE(running.service.prints("Text to ann"));
  ASSERT_EQ(running.http.post("/process-queue").status, 200);
  ASSERT_TRUE(eventually([&] { return running.sql.value("SELECT status FROM messages") == "sent"; }));

  const std::string text = running.http.get("/metrics").body;
  for (const std::string line :
       {"orchestrator_queue_depth{lane=\"medium\",status=\"queued\"} 1",
        "orchestrator_queue_depth{lane=\"low\",status=\"queued\"} 2", "orchestrator_database_up 1",
        "orchestrator_ingest_seconds_count 4", "orchestrator_promotions_total 1",
        "orchestrator_deferrals_total{reason=\"quiet_hours\"} 1",
        "orchestrator_pass_seconds_count{kind=\"full\"} 2", "orchestrator_closed_total{status=\"expired\"} 0",
        "orchestrator_closed_total{status=\"cancelled\"} 0", "orchestrator_closed_total{status=\"failed\"} 0",
        "orchestrator_deliveries_total{outcome=\"accepted\"} 1"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " is not in\n" << text;
  }
  EXPECT_EQ(text.find("lane=\"urgent\""), std::string::npos);
}

}  // namespace
}  // namespace orchestrator
