// The counts that dashboards read: as many as there are rows, after everything that can happen to a message.
#include <gtest/gtest.h>

#include "support/sql.hpp"
#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class MinuteCounts : public ::testing::Test {
 protected:
  // The sums, with the reasons of what did not become of a message.
  Texts counted() {
    return world.sql.column(
        "SELECT concat_ws(' ', agent_id, lane, outcome, nullif(reason, ''), sum(messages)) "
        "FROM minute_counts GROUP BY agent_id, lane, outcome, reason ORDER BY agent_id, lane, outcome, "
        "reason");
  }

  // The same, from the rows themselves.
  Texts rows() {
    return world.sql.column(
        "SELECT concat_ws(' ', agent_id, lane, outcome, nullif(reason, ''), count(*)) FROM ("
        "  SELECT agent_id, priority AS lane, 'scheduled'::message_outcome AS outcome, '' AS reason "
        "  FROM message_queue"
        "  UNION ALL SELECT queue.agent_id, queue.priority, 'sent', '' FROM messages "
        "  JOIN message_queue AS queue ON queue.id = queue_id"
        "  UNION ALL SELECT agent_id, priority, status::text::message_outcome, status_reason FROM "
        "message_queue "
        "  WHERE status NOT IN ('queued', 'approved', 'sent')"
        "  UNION ALL SELECT queue.agent_id, queue.priority, 'deferred', output_data ->> 'reason' "
        "  FROM agent_actions_log JOIN message_queue AS queue ON queue.id = (input_data ->> "
        "'message_id')::uuid "
        "  WHERE action_type = 'deferred'"
        "  UNION ALL SELECT input_data ->> 'agent_id', queue.priority, 'duplicate', '' FROM "
        "agent_actions_log "
        "  JOIN message_queue AS queue ON queue.id = (output_data ->> 'duplicate_of')::uuid "
        "  WHERE action_type = 'duplicate') AS event "
        "GROUP BY agent_id, lane, outcome, reason ORDER BY agent_id, lane, outcome, reason");
  }

  ScheduleRequest request(const std::string& user, const std::string& text) {
    return {.user = UserId{user},
            .agent = AgentId{"agent_1"},
            .parts = {R"({"content": ")" + text + R"("})"},
            .scheduled_for = world.clock.now()};
  }

  support::World world;
};

TEST_F(MinuteCounts, AreTheNumbersOfRows) {
  for (const std::string user : {"ann", "bob", "cora", "dan"}) world.add_user(user);
  for (int i = 0; i < 3; ++i) world.schedule("ann", "text " + std::to_string(i), Priority::high);
  world.add_user("eve", "Pacific/Auckland");
  world.schedule("eve", "in the night");
  world.schedule("bob", "hello");
  world.submit(request("bob", "twice"));
  world.submit(request("bob", "twice"));
  const MessageId unwanted = world.schedule("bob", "unwanted", Priority::low);
  world.messages.cancel(unwanted, "cancelled_by_request", world.clock.now());
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, supersede_key, scheduled_for)
                   SELECT 'cora', 'agent_2', '{"content": "offer"}', 'offer', '2026-11-20T11:00Z'
                   FROM generate_series(1, 3))");
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, expires_at, scheduled_for)
                   SELECT 'cora', 'agent_2', '{"content": "late"}', '2026-11-20T11:30Z', '2026-11-20T11:00Z'
                   FROM generate_series(1, 2))");
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for)
                   VALUES ('dan', 'agent_2', '{"title": "no text"}', '2026-11-20T11:00Z'),
                          ('dan', 'agent_2', '{"content": "a text"}', '2026-11-20T11:00Z'))");
  world.pass();
  world.clock.advance(1min);
  world.pass();
  world.sql.run("UPDATE users SET opted_out_at = now() WHERE id = 'ann'");
  world.schedule("ann", "too late");
  world.clock.advance(1h);
  world.pass();
  EXPECT_EQ(counted(), rows());
  const Texts seen = world.sql.column("SELECT DISTINCT outcome FROM minute_counts ORDER BY outcome");
  EXPECT_EQ(seen, (Texts{"scheduled", "duplicate", "sent", "deferred", "superseded", "cancelled", "expired",
                         "failed"}));
}

// An application's transaction may stay open for long after it has inserted a message.
TEST_F(MinuteCounts, DelayNoOtherTransaction) {
  for (const std::string user : {"ann", "bob"}) world.add_user(user);
  support::Sql application(world.url());
  pqxx::work open(application.connection());
  open.exec(R"(INSERT INTO message_queue (user_id, agent_id, message_data, created_at)
               SELECT 'ann', 'agent_1', '{"content": "open"}', minute
               FROM generate_series(timestamptz '2026-11-20T11:00Z', '2026-11-20T13:00Z', '1 minute') AS minute)");
  world.submit(request("bob", "meanwhile"));
  EXPECT_EQ(world.pass().promoted, 1);
  open.commit();
  EXPECT_EQ(counted(), rows());
}

}  // namespace
}  // namespace orchestrator
