// The cost of a pass must depend on ready messages, not on waiting ones: the plans of its statements when far
// more messages wait than are ready, with current statistics.
#include <gtest/gtest.h>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"
#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

using support::Sql;
using support::TestDatabase;

constexpr int kBatch = 1000;  // users, as in a pass
constexpr std::size_t kMaxLineLength = 200;
constexpr const char* kNow = "2026-11-20T12:00:00Z";

// 100,000 messages of 50,000 users. One user in 50 is due, half of them with an express message; one message
// in ten has an expiry, and the LLM is asked about another one in ten.
constexpr const char* kFill = R"sql(
INSERT INTO users (id, timezone) SELECT 'user_' || i, 'Europe/London' FROM generate_series(1, 50000) AS i;
ALTER TABLE message_queue DISABLE TRIGGER USER;
INSERT INTO message_queue (shard, id, user_id, agent_id, message_data, priority, scheduled_for, expires_at, ready)
SELECT shard, uuid_v7(shard), user_id, 'agent_1', '{"content": "Your table is booked."}',
       CASE WHEN i % 100 = 0 THEN 'high' ELSE 'medium' END::message_priority,
       timestamptz '2026-11-20T11:00:00Z',
       CASE WHEN i % 10 = 0 THEN timestamptz '2026-11-21T12:00:00Z' + i * interval '1 second' END,
       i % 10 <> 5
FROM (SELECT i, 'user_' || i % 50000 + 1 AS user_id, shard_of('user_' || i % 50000 + 1) AS shard
      FROM generate_series(1, 100000) AS i) AS new;
ALTER TABLE message_queue ENABLE TRIGGER USER;
INSERT INTO llm_work (shard, message_id, user_id, priority, question, due_at)
SELECT shard, id, user_id, priority, 'rendering', timestamptz '2026-11-20T11:00:00Z' FROM message_queue WHERE NOT ready;
UPDATE user_message_budget
SET next_attempt_at = CASE WHEN substr(user_id, 6)::int % 50 = 1 THEN timestamptz '2026-11-20T11:00:00Z'
                           ELSE timestamptz '2026-11-21T08:00:00Z' END,
    express = substr(user_id, 6)::int % 100 = 1;
ANALYZE)sql";

// Which plan is used: a custom one; a generic one, as in sessions that cache plans; or a generic one that was
// made while the tables were empty.
enum class PlanKind { custom, generic, generic_since_empty };

struct Planning {
  const char* random_page_cost;  // 1.1 on the embedded server, 4 by default
  PlanKind kind;
};

class PassPlans : public ::testing::TestWithParam<Planning> {
 protected:
  static void SetUpTestSuite() {
    filled_database = std::make_unique<TestDatabase>();
    Sql(filled_database->url()).run(kFill);
    empty_database = std::make_unique<TestDatabase>();
  }
  static void TearDownTestSuite() {
    filled_database.reset();
    empty_database.reset();
  }

  PassPlans() {
    planner.exec(std::string("SET LOCAL random_page_cost = ") + GetParam().random_page_cost);
    if (GetParam().kind != PlanKind::custom) planner.exec(kPlanCacheSettings);
  }

  static std::string url_of_planner() {
    return (GetParam().kind == PlanKind::generic_since_empty ? empty_database : filled_database)->url();
  }

  template <class... Parameters>
  void explain(const std::string& statement, Parameters... parameters) {
    planner.exec("PREPARE explained AS " + statement);
    std::string values;
    ((values += (values.empty() ? "" : ", ") + planner.quote(pqxx::to_string(parameters))), ...);
    const pqxx::result lines =
        planner.exec("EXPLAIN (COSTS OFF) EXECUTE explained" + (values.empty() ? "" : "(" + values + ")"));
    planner.exec("DEALLOCATE explained");
    plan.clear();
    // Cuts a line that contains the list of a thousand users.
    for (const pqxx::row& line : lines) plan += line[0].as<std::string>().substr(0, kMaxLineLength) + "\n";
  }

  void expect_in_plan(const std::string& text) {
    EXPECT_NE(plan.find(text), std::string::npos) << "no " << text << " in\n" << plan;
  }

  void expect_not_in_plan(const std::string& text) {
    EXPECT_EQ(plan.find(text), std::string::npos) << text << " in\n" << plan;
  }

  // No table is scanned, and no join reads a whole table.
  void expect_index_driven() {
    for (const std::string text : {"Seq Scan", "Hash Join", "Merge Join"}) expect_not_in_plan(text);
  }

  // The ids of a batch of users, and of one message of each.
  std::string users() {
    return text_array(
        columns("SELECT user_id FROM user_message_budget WHERE next_attempt_at <= $1::timestamptz "
                "ORDER BY user_id LIMIT $2"));
  }

  // The logical shards of those users.
  std::string shards() {
    return columns(
               "SELECT array_agg(shard) FROM (SELECT shard FROM user_message_budget "
               "WHERE next_attempt_at <= $1::timestamptz ORDER BY user_id LIMIT $2) AS batch")
        .front();
  }

  std::vector<std::string> columns(const std::string& statement) {
    std::vector<std::string> values;
    for (const auto& row : transaction.exec_params(statement, kNow, kBatch)) {
      values.push_back(row[0].as<std::string>());
    }
    return values;
  }

  std::string rows_of_a_batch() {
    return columns(
               "SELECT json_agg(json_build_object('shard', shard, 'id', id, "
               "'message_id', uuid_v7(0), 'express', false, 'messages_sent', 1, 'recent_sends', "
               "json_build_array($1::timestamptz))) "
               "FROM (SELECT shard, id FROM message_queue ORDER BY id LIMIT $2) AS batch")
        .front();
  }

  // An array of the value of the expression for each message of the same batch.
  std::string of_a_batch(const std::string& expression) {
    return columns("SELECT array_agg(" + expression +
                   ") FROM (SELECT shard, user_id, id FROM message_queue WHERE $1::timestamptz IS NOT NULL "
                   "ORDER BY "
                   "id LIMIT $2) "
                   "AS batch")
        .front();
  }

  inline static std::unique_ptr<TestDatabase> filled_database;
  inline static std::unique_ptr<TestDatabase> empty_database;
  Sql sql{filled_database->url()};
  Sql planning_session{url_of_planner()};
  pqxx::work transaction{sql.connection()};
  pqxx::work planner{planning_session.connection()};
  std::string plan;
};

TEST_P(PassPlans, ClaimsReadTheDueIndexInOrder) {
  planner.exec(kBatchTxSettings);
  explain(sql::claim_due_users, kNow, kBatch, 7);
  expect_in_plan("Index Scan using user_message_budget_due");
  expect_index_driven();
  expect_not_in_plan("Sort");
  explain(sql::claim_due_express_users, kNow, kBatch, 7);
  expect_in_plan("Index Scan using user_message_budget_express");
  expect_index_driven();
  expect_not_in_plan("Sort");
}

TEST_P(PassPlans, AUserIsPostponedByPrimaryKey) {
  explain(sql::postpone_user, "user_1", kNow, kNow);
  expect_in_plan("using user_message_budget_pkey");
  expect_index_driven();
}

TEST_P(PassPlans, ClaimedUsersAreReadByIndexAndLockedByPlace) {
  planner.exec(kBatchTxSettings);
  explain(sql::read_claimed_users, shards(), users());
  expect_in_plan("Index Scan using users_pkey");
  expect_in_plan("Index Scan using message_queue_head");
  expect_in_plan("using llm_work_user");
  expect_in_plan("Tid Scan on message_queue");
  expect_index_driven();
  expect_not_in_plan("Sort");
}

TEST_P(PassPlans, UsersOfUrgentMessagesAreReadByIndex) {
  planner.exec(kBatchTxSettings);
  explain(sql::read_user_states, shards(), users());
  expect_in_plan("Index Scan using users_pkey");
  expect_in_plan("using user_message_budget_pkey");
  expect_in_plan("Index Scan using message_queue_head");
  expect_index_driven();
  expect_not_in_plan("Sort");
}

TEST_P(PassPlans, LongQueuesAreReadInOrderFromTheIndex) {
  planner.exec(kBatchTxSettings);
  explain(sql::read_queue_heads_by_kind, shards(), users());
  expect_in_plan("Index Scan using message_queue_head");
  expect_index_driven();
  expect_not_in_plan("Sort");
  explain(sql::lock_queued_messages, shards(), users(),
          text_array(columns("SELECT id FROM message_queue WHERE $1::timestamptz IS NOT NULL LIMIT $2")));
  expect_in_plan("Index Scan using message_queue_pkey");
  expect_index_driven();
}

TEST_P(PassPlans, PartsAreReadBySequence) {
  planner.exec(kBatchTxSettings);
  explain(sql::read_sequence_parts, users(), users());
  expect_in_plan("using message_queue_sequence");
  expect_index_driven();
}

TEST_P(PassPlans, DecisionsAreAppliedByPrimaryKey) {
  planner.exec(kBatchTxSettings);
  const std::string shard = of_a_batch("shard");
  const std::string user = of_a_batch("user_id");
  const std::string nothing = of_a_batch("NULL::text");
  const std::string instant = of_a_batch("$1::timestamptz");
  const std::string number = of_a_batch("1");
  const std::string yes = of_a_batch("true");
  const std::string message = of_a_batch("id");
  explain(sql::apply_pass, shard, user, instant, yes, nothing, nothing, nothing, number, instant,
          of_a_batch("'{}'::text"), number, number, yes, shard, message, of_a_batch("uuid_v7(0)"), shard,
          user, message, nothing, instant, kNow);
  expect_in_plan("using message_queue_pkey");
  expect_in_plan("using user_message_budget_pkey");
  expect_index_driven();
}

TEST_P(PassPlans, MessagesForTheLlmAreFoundByIndex) {
  planner.exec(kBatchTxSettings);
  explain(sql::hand_messages_to_llm, rows_of_a_batch(), kNow);
  expect_in_plan("using message_queue_pkey");
  expect_in_plan("Conflict Arbiter Indexes: llm_work_pkey");
  expect_index_driven();
  explain(sql::read_claimed_users, shards(), users());
  expect_in_plan("using llm_work_user");
  planner.exec(kLlmClaimTxSettings);
  explain(sql::claim_rendering, kNow, "019a0000-0000-7000-8000-000000000001", kNow);
  expect_in_plan("Index Scan using llm_work_express");
  expect_in_plan("Index Scan using llm_work_due");
  expect_in_plan("using message_queue_pkey");
  expect_index_driven();
  expect_not_in_plan("Sort");
}

TEST_P(PassPlans, MessagesAreClosedByPrimaryKey) {
  planner.exec(kBatchTxSettings);
  explain(sql::close_messages, rows_of_a_batch(), "expired", "expired", kNow);
  expect_in_plan("using message_queue_pkey");
  expect_index_driven();
  explain(sql::cancel_messages_of_opted_out_users, shards(), users(), kNow);
  expect_in_plan("message_queue_head");
  expect_in_plan("message_queue_not_ready");
  expect_not_in_plan("message_queue_pkey on message_queue\n");
  expect_index_driven();
  explain(sql::recheck_opted_out_users, shards(), users(), kNow);
  expect_in_plan("message_queue_head");
  expect_in_plan("using user_message_budget_pkey");
  expect_index_driven();
  explain(sql::lock_users_of_expired_messages, kNow, kBatch);
  expect_in_plan("Index Scan using message_queue_expiry");
  expect_in_plan("using user_message_budget_pkey");
  expect_index_driven();
}

// These run in transactions of their own; all but the last without planner settings.
TEST_P(PassPlans, QueriesAroundAPassReadTheStartOfAnIndex) {
  explain(sql::expire_messages, kNow, kBatch, users());
  expect_in_plan("Index Scan using message_queue_expiry");
  expect_in_plan("using message_queue_pkey");
  expect_index_driven();
  explain(sql::read_next_express_attempt);
  expect_in_plan("using user_message_budget_express");
  expect_index_driven();
  expect_not_in_plan("Sort");
  explain(sql::is_any_user_due, kNow);
  expect_in_plan("using user_message_budget_due");
  expect_index_driven();
  planner.exec(kBatchTxSettings);
  explain(sql::count_due_users, kNow, kBatch);
  expect_in_plan("using user_message_budget_due");
  expect_index_driven();
}

INSTANTIATE_TEST_SUITE_P(Plans, PassPlans,
                         ::testing::Values(Planning{"1.1", PlanKind::custom}, Planning{"4", PlanKind::custom},
                                           Planning{"1.1", PlanKind::generic},
                                           Planning{"4", PlanKind::generic},
                                           Planning{"1.1", PlanKind::generic_since_empty},
                                           Planning{"4", PlanKind::generic_since_empty}),
                         [](const auto& planning) {
                           const std::string cost(1, planning.param.random_page_cost[0]);
                           switch (planning.param.kind) {
                             case PlanKind::custom:
                               return "CustomAtCost" + cost;
                             case PlanKind::generic:
                               return "GenericAtCost" + cost;
                             case PlanKind::generic_since_empty:
                               return "GenericSinceEmptyAtCost" + cost;
                           }
                           std::abort();
                         });

}  // namespace
}  // namespace orchestrator::storage
