// What a claim costs must follow from what is claimed, not from what waits.
#include <gtest/gtest.h>

#include "storage/delivery_statements.hpp"
#include "storage/pass_statements.hpp"
#include "storage/transaction.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

// 100,000 that may go, of 50,000 people; as many that wait for the morning; and what has been sent.
constexpr const char* kFill = R"sql(
INSERT INTO messages (user_id, direction, role, content, status, created_at, next_attempt_at, waiting_for)
SELECT 'user_' || i % 50000, 'outbound', 'a', 'Your table is booked.',
       CASE WHEN i % 3 = 2 THEN 'sent' ELSE 'pending' END,
       timestamptz '2026-11-20T11:00:00Z' + i * interval '1 millisecond',
       CASE WHEN i % 3 = 1 THEN timestamptz '2026-11-21T08:00:00Z' END,
       CASE WHEN i % 3 = 1 THEN 'quiet_hours' END
FROM generate_series(1, 300000) AS i;
INSERT INTO messages (user_id, direction, role, content, status, created_at, purpose)
SELECT 'user_' || i, 'outbound', 'a', 'Yes.', 'pending', timestamptz '2026-11-20T12:00:00Z', 'reply'
FROM generate_series(1, 50) AS i;
ANALYZE)sql";

constexpr int kClaimed = 100;
constexpr const char* kNow = "2026-11-20T12:00:00Z";

TEST(DeliveryPlans, ClaimsReadTheFirstOfAnIndex) {
  support::World world;
  world.sql.run(kFill);
  for (const std::string cost : {"1.1", "4"}) {
    pqxx::work transaction(world.sql.connection());
    transaction.exec(kStayIndexDriven);
    transaction.exec("SET LOCAL random_page_cost = " + cost);
    std::string plan;
    for (const auto& line :
         transaction.exec_params("EXPLAIN (ANALYZE, TIMING OFF) " + kCandidates, kNow, kClaimed)) {
      plan += line[0].as<std::string>() + "\n";
    }
    for (const std::string index : {"messages_pending", "messages_waiting", "messages_replies",
                                    "messages_line", "messages_in_flight"}) {
      EXPECT_NE(plan.find(index), std::string::npos) << "no " << index << " in\n" << plan;
    }
    for (const std::string words : {"Seq Scan", "Hash Join", "Merge Join"}) {
      EXPECT_EQ(plan.find(words), std::string::npos) << words << " in\n" << plan;
    }
    // "Execution Time: 1.234 ms"; generous, for a busy machine.
    const std::size_t time = plan.find("Execution Time: ");
    ASSERT_NE(time, std::string::npos) << plan;
    EXPECT_LT(std::stod(plan.substr(time + 16)), 100) << plan;
  }
}

}  // namespace
}  // namespace orchestrator::storage
