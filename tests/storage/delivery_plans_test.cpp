// The cost of a claim must depend on the claimed messages, not on the waiting ones.
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

// 100,000 pending messages of 50,000 users, as many that wait for the end of quiet hours, and as many sent
// ones.
constexpr const char* kFill = R"sql(
INSERT INTO messages (user_id, direction, role, content, status, created_at, next_attempt_at, waiting_for)
SELECT 'user_' || i % 50000, 'outbound', 'a', 'Your table is booked.',
       CASE WHEN i % 3 = 2 THEN message_status 'sent' ELSE 'pending' END,
       timestamptz '2026-11-20T11:00:00Z' + i * interval '1 millisecond',
       CASE WHEN i % 3 = 1 THEN timestamptz '2026-11-21T08:00:00Z' END,
       CASE WHEN i % 3 = 1 THEN delivery_wait 'quiet_hours' END
FROM generate_series(1, 300000) AS i;
INSERT INTO messages (user_id, direction, role, content, status, created_at, purpose)
SELECT 'user_' || i, 'outbound', 'a', 'Yes.', 'pending', timestamptz '2026-11-20T12:00:00Z', 'reply'
FROM generate_series(1, 50) AS i;
ANALYZE)sql";

constexpr int kClaimed = 100;
constexpr const char* kNow = "2026-11-20T12:00:00Z";

TEST(DeliveryPlans, ClaimsReadTheStartOfAnIndex) {
  support::World world;
  world.sql.run(kFill);
  for (const std::string cost : {"1.1", "4"}) {
    pqxx::work transaction(world.sql.connection());
    transaction.exec(kBatchTxSettings);
    transaction.exec("SET LOCAL random_page_cost = " + cost);
    std::string plan;
    for (const auto& line : transaction.exec_params(
             "EXPLAIN (ANALYZE, TIMING OFF) " + sql::find_delivery_candidates, kNow, kClaimed)) {
      plan += line[0].as<std::string>() + "\n";
    }
    for (const std::string index : {"messages_pending", "messages_waiting", "messages_replies",
                                    "messages_line", "messages_in_flight", "messages_pkey"}) {
      EXPECT_NE(plan.find(index), std::string::npos) << "no " << index << " in\n" << plan;
    }
    for (const std::string text : {"Seq Scan", "Hash Join", "Merge Join"}) {
      EXPECT_EQ(plan.find(text), std::string::npos) << text << " in\n" << plan;
    }
    // "Execution Time: 1.234 ms"; generous, for a busy machine.
    const std::size_t time = plan.find("Execution Time: ");
    ASSERT_NE(time, std::string::npos) << plan;
    EXPECT_LT(std::stod(plan.substr(time + 16)), 100) << plan;
  }
}

// Run with a custom plan, as behind a pooler, and with a generic one.
std::string plan_of(pqxx::work& transaction, const std::string& statement,
                    const std::vector<std::string>& values) {
  transaction.exec("PREPARE explained AS " + statement);
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + transaction.quote(value);
  std::string plan;
  for (const auto& line : transaction.exec("EXPLAIN (COSTS OFF) EXECUTE explained (" + list + ")")) {
    plan += line[0].as<std::string>() + "\n";
  }
  transaction.exec("DEALLOCATE explained");
  return plan;
}

TEST(DeliveryPlans, MessagesAreFoundByIndex) {
  support::World world;
  world.sql.run(kFill);
  world.sql.run(
      "UPDATE messages SET status = 'sending', lease_until = timestamptz '2026-11-20T12:01:00Z' "
      "WHERE purpose = 'reply';"
      "INSERT INTO users (id) SELECT 'user_' || i FROM generate_series(1, 10000) AS i; ANALYZE messages, "
      "users");
  const std::string id = "019a0000-0000-7000-8000-000000000001";
  const std::string rows = R"([{"id": ")" + id + R"(", "user_id": "user_1", "token": ")" + id + R"("}])";
  const std::string reports = R"([{"provider": "console", "provider_message_id": "SM1", "status": "sent"},
                                  {"provider": "console", "message": ")" +
                              id + R"(", "provider_message_id": "SM2", "status": "sent"}])";
  struct Row {
    std::string statement;
    std::vector<std::string> values;
    std::vector<std::string> indexes;
    bool is_of_a_claim = false;
  };
  const std::vector<Row> table = {
      {sql::expire_delivery_leases, {kNow}, {"messages_sending on", "messages_pkey"}},
      {sql::release_deliveries, {"{" + id + "}"}, {"messages_(sending|in_flight) on", "messages_pkey"}},
      {sql::record_attempts, {rows, kNow}, {"messages_pkey"}},
      {sql::log_attempts, {"{3}", "{" + id + "}", kNow}, {"messages_pkey"}},
      {sql::claim_deliveries,
       {rows, "console", id, kNow, kNow},
       {"messages_pkey", "user_message_budget_pkey", "messages_line"},
       true},
      {sql::lock_pending_messages,
       {kNow, "{3}", "{" + id + "}"},
       {"messages_pkey", "messages_in_flight"},
       true},
      {sql::claim_unsettled_messages,
       {"console", kNow, kNow, "10"},
       {"messages_unsettled", "messages_pkey", "users_pkey"}},
      {sql::lock_unsettled_message, {id, "user_1"}, {"messages_pkey"}},
      {sql::resend_message, {id, "user_1", kNow}, {"messages_pkey"}},
      {sql::postpone_unsettled_message, {id, "user_1", kNow}, {"messages_pkey"}},
      {sql::opt_out_users, {"{user_1,user_2}", kNow}, {"users_pkey"}},
      {sql::apply_delivery_reports, {reports, kNow}, {"messages_pkey", "messages_provider"}},
      {sql::find_messages_by_provider_id, {"{SM1,SM2}", "console", id}, {"messages_provider"}},
      {sql::read_delivery_schedule,
       {kNow, "console"},
       {"messages_waiting", "messages_unsettled", "messages_sending"}},
      {sql::count_sendable_messages,
       {kNow, "25"},
       {"messages_waiting", "messages_pending", "messages_line", "messages_in_flight"},
       true},
      {sql::lease_send_rate, {"console", "5", "4", "3", "6"}, {"orchestrator_settings_pkey"}, true},
  };
  for (const Row& row : table) {
    for (const bool is_kept : {false, true}) {
      pqxx::work transaction(world.sql.connection());
      if (is_kept) transaction.exec(kPlanCacheSettings);
      if (row.is_of_a_claim) transaction.exec(kBatchTxSettings);
      const std::string plan = plan_of(transaction, row.statement, row.values);
      for (const std::string& index : row.indexes) {
        EXPECT_TRUE(std::regex_search(plan, std::regex(index))) << "no " << index << " in\n" << plan;
      }
      EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
    }
  }
}

}  // namespace
}  // namespace orchestrator::storage
