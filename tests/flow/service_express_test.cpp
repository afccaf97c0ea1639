// The real binary with one full pass per hour: express messages do not wait for it, whether posted or
// inserted by SQL.
#include <gtest/gtest.h>

#include "support/eventually.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::eventually;
using support::RunningService;
using support::Variables;
using Texts = std::vector<std::string>;

const nlohmann::json kAlwaysQuiet = {
    {"quietHoursEnabled", true}, {"quietHoursStart", "00:00"}, {"quietHoursEnd", "24:00"}};

// How late each message was promoted, by the database's clock.
std::vector<std::string> lateness(RunningService& running, const std::string& since) {
  return running.sql.column("SELECT messages.created_at - " + since +
                            " < interval '1 second' FROM messages JOIN message_queue AS queue "
                            "ON queue.id = messages.queue_id ORDER BY messages.created_at");
}

TEST(ServiceExpress, AnUrgentMessageIsPromotedWithinASecond) {
  RunningService running;
  running.add_user("ann");
  running.post("ann", "now", "urgent");
  ASSERT_TRUE(eventually([&] { return running.sent_to("ann").size() == 1; }));
  EXPECT_EQ(lateness(running, "queue.scheduled_for"), Texts{"t"});
}

TEST(ServiceExpress, AMediumMessageWaitsForTheFullPass) {
  RunningService running;
  running.add_user("ann");
  running.add_user("bob");
  running.post("ann", "whenever");
  running.post("bob", "now", "urgent");
  ASSERT_TRUE(eventually([&] { return running.sent_to("bob").size() == 1; }));
  EXPECT_EQ(running.sent_to("ann"), Texts{});
  running.http.post("/process-queue");
  EXPECT_EQ(running.sent_to("ann"), Texts{"whenever"});
}

TEST(ServiceExpress, TheNextUrgentMessageIsPromotedAtTheUsersNextFreeSlot) {
  RunningService running(Variables{{"COOLDOWN_SECONDS", "1"}});
  running.add_user("ann");
  for (const std::string text : {"one", "two", "three"}) running.post("ann", text, "urgent");
  ASSERT_TRUE(eventually([&] { return running.sent_to("ann").size() == 3; }));
  EXPECT_EQ(running.sent_to("ann"), (Texts{"one", "two", "three"}));
  EXPECT_EQ(running.sql.column("SELECT gap >= interval '1 second' AND gap < interval '1.5 seconds' FROM "
                               "(SELECT created_at - lag(created_at) OVER (ORDER BY created_at) AS gap "
                               " FROM messages) AS gaps WHERE gap IS NOT NULL"),
            (Texts{"t", "t"}));
}

TEST(ServiceExpress, AnUrgentRowInsertedBySqlIsPromotedByTheNextPoll) {
  RunningService running;
  running.add_user("ann");
  running.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, priority)
                     VALUES ('ann', 'a', '{"content": "by hand"}', 'urgent'))");
  EXPECT_TRUE(eventually([&] { return running.sent_to("ann") == Texts{"by hand"}; }, 3s));
}

TEST(ServiceExpress, AnInboundRowInsertedBySqlEndsQuietHoursForItsUser) {
  RunningService running;
  running.add_user("ann", kAlwaysQuiet);
  running.post("ann", "are you there?");
  ASSERT_EQ(running.http.post("/process-queue").json()["deferred"], 1);
  running.sql.run(
      "INSERT INTO messages (user_id, role, content, direction, status) "
      "VALUES ('ann', 'user', 'yes', 'inbound', 'received')");
  EXPECT_TRUE(eventually([&] { return running.sent_to("ann") == Texts{"are you there?"}; }, 3s));
}

}  // namespace
}  // namespace orchestrator
