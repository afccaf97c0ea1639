// Sessions keep prepared plans for some seconds, those of triggers included. A plan that was made while the
// tables were empty must also do when they are large: no statement may read a large table, or an index of it,
// as a whole.
#include <gtest/gtest.h>

#include "support/agent_server.hpp"
#include "support/eventually.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using nlohmann::json;
using support::AgentServer;
using support::eventually;
using support::RunningService;

// Rows of other people in all tables, without statistics.
constexpr const char* kFill = R"sql(
INSERT INTO users (id, phone_number, timezone)
SELECT 'other_' || i, '+1555' || 1000000 + i, 'Europe/London' FROM generate_series(1, 20000) AS i;
ALTER TABLE message_queue DISABLE TRIGGER USER;
INSERT INTO message_queue (shard, id, user_id, agent_id, message_data, priority, scheduled_for, expires_at, ready)
SELECT shard_of('other_' || i), uuid_v7(shard_of('other_' || i)), 'other_' || i, 'agent_1', '{"content": "Your table is booked."}',
       'medium', now(), now() + interval '1 day', i % 10 <> 0
FROM generate_series(1, 20000) AS i;
INSERT INTO llm_work (shard, message_id, user_id, priority, question, due_at)
SELECT shard, id, user_id, priority, 'rendering', now() + interval '1 day' FROM message_queue WHERE NOT ready;
ALTER TABLE message_queue ENABLE TRIGGER USER;
UPDATE user_message_budget SET next_attempt_at = now() + interval '1 day' WHERE user_id LIKE 'other%';
INSERT INTO messages (user_id, direction, role, content, status, created_at, next_attempt_at, provider_message_id)
SELECT 'other_' || i, 'outbound', 'agent', 'Your table is booked.', CASE WHEN i % 2 = 0 THEN message_status 'sent' ELSE 'pending' END,
       now(), CASE WHEN i % 2 = 1 THEN now() + interval '1 day' END, 'SM' || i
FROM generate_series(1, 20000) AS i;
INSERT INTO inbound_contacts (user_id, contact_id, next_turn_at)
SELECT 'other_' || i, 'other_' || i, now() + interval '1 day' FROM generate_series(1, 20000) AS i;
INSERT INTO inbound_queue (user_id, contact_id, message_id, provider_message_id, status, position, received_at)
SELECT 'other_' || i, 'other_' || i, uuid_v7(0), 'SM' || i, 'waiting', 1, now() FROM generate_series(1, 20000) AS i;
INSERT INTO inbound_turns (id, user_id, contact_id, attempt, status, created_at)
SELECT uuid_v7(0), 'other_' || i, 'other_' || i, 1, 'done', now() FROM generate_series(1, 20000) AS i)sql";

// Far less than reading one of those tables once.
constexpr int kFew = 4000;

class KeptPlans : public ::testing::Test {
 protected:
  std::string status_of(const std::string& message) {
    const json sent = running.http.get("/messages/" + message).json().at("sent");
    return sent.is_null() ? "" : sent.at("status").get<std::string>();
  }

  // Runs every kind of statement for one person: scheduling, promotion, delivery, cancellation, LLM calls and
  // a conversation.
  void live(const std::string& user) {
    running.add_user(user);
    const std::string urgent = running.post(user, "urgent for " + user, "urgent");
    EXPECT_TRUE(eventually([&] { return status_of(urgent) == "sent"; })) << status_of(urgent);
    const std::string later = running.post(user, "later for " + user);
    EXPECT_EQ(running.post(user, "later for " + user), later) << "a repeat";
    const json parts = {
        {"userId", user},
        {"agentId", "agent_1"},
        {"messageData", {{"sequence", json::array({{{"content", "one"}}, {{"content", "two"}}})}}},
        {"expiresAt", "2999-01-01T00:00:00Z"}};
    EXPECT_EQ(running.http.post("/schedule-message", parts).status, 200);
    EXPECT_EQ(running.http.post("/process-queue").status, 200);
    EXPECT_EQ(running.http.get("/messages/" + later + "/why").status, 200);
    EXPECT_EQ(running.http.get("/users/" + user).status, 200);
    EXPECT_EQ(running.http.remove("/messages/" + later).status, 200);
    for (const std::string text : {"Oi", "a table", "Oi"}) {
      EXPECT_EQ(running.http.post("/inbound-messages", {{"contactId", user}, {"text", text}}).status, 200);
    }
    EXPECT_TRUE(eventually([&] { return heard_from(user) == "Oi|a table"; })) << heard_from(user);
  }

  // All texts that the agent received of a person, in one turn or two.
  std::string heard_from(const std::string& user) {
    std::string heard;
    for (const std::string& texts : agent.texts_of(user)) heard += (heard.empty() ? "" : "|") + texts;
    return heard;
  }

  AgentServer agent{[](const json&) { return support::says("I hear you."); }};
  RunningService running{{{"SENDER", "console"}, {"AGENT_WEBHOOK_URL", agent.url()}}};
};

TEST_F(KeptPlans, NoStatementScansALargeTable) {
  live("ann");
  running.sql.run(kFill);
  running.sql.run(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = "
      "'message-orchestrator' "
      "AND datname = current_database()");
  running.sql.run("SELECT pg_stat_force_next_flush()");
  running.sql.run("CREATE TEMPORARY TABLE tables_before AS SELECT relid, seq_scan FROM pg_stat_user_tables");
  running.sql.run(
      "CREATE TEMPORARY TABLE indexes_before AS SELECT indexrelid, idx_tup_read FROM pg_stat_user_indexes");
  for (const std::string user : {"ann", "dan", "eve"}) live(user);
  running.service.terminate();
  running.service.wait();

  EXPECT_EQ(running.sql.column("SELECT relname || ' was read whole' "
                               "FROM pg_stat_user_tables AS now JOIN tables_before AS before USING (relid) "
                               "WHERE now.seq_scan > before.seq_scan AND n_live_tup > 1000"),
            std::vector<std::string>{});
  EXPECT_EQ(running.sql.column(
                "SELECT indexrelname || ': ' || now.idx_tup_read - before.idx_tup_read || ' entries' "
                "FROM pg_stat_user_indexes AS now JOIN indexes_before AS before USING (indexrelid) "
                "WHERE now.idx_tup_read - before.idx_tup_read > " +
                std::to_string(kFew)),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace orchestrator
