// Delivery reports of providers, in any order, early, late and repeated: statuses only move forward.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using Status = DeliveryReport::Status;

class DeliveryReports : public ::testing::Test {
 protected:
  DeliveryReports() { world.add_user("ann"); }

  // A message in the given state, with or without the provider's id; returns its id.
  MessageId message(const std::string& status, const std::string& provider_id = "", bool is_resent = false) {
    world.sql.run("DELETE FROM messages");
    return MessageId{world.sql.value(
        "INSERT INTO messages (user_id, direction, role, content, status, provider, provider_message_id, "
        "attempts, resent) VALUES ('ann', 'outbound', 'a', 'hi', '" +
        status + "', 'twilio', nullif('" + provider_id + "', ''), " + (status == "pending" ? "0" : "1") +
        ", " + (is_resent ? "true" : "false") + ") RETURNING id")};
  }

  DeliveryReport report_of(Status status, const std::string& code = "",
                           std::optional<MessageId> id = std::nullopt,
                           const std::string& provider_id = "SM1") {
    return {.provider = "twilio",
            .provider_message_id = provider_id,
            .message = std::move(id),
            .status = status,
            .error_code = code,
            .recipient_opted_out = code == "21610"};
  }

  std::size_t report(const DeliveryReport& report) {
    return world.deliveries.report({report}, world.clock.now());
  }

  std::string column(const std::string& name) { return world.sql.value("SELECT " + name + " FROM messages"); }

  support::World world;
};

TEST_F(DeliveryReports, MoveStatusesForwardOnly) {
  struct Row {
    std::string before;
    Status reported;
    std::string after;
  };
  const std::vector<Row> table = {
      {"pending", Status::sent, "pending"},  // never sent: the report is about another message
      {"sending", Status::sent, "sent"},
      {"sending", Status::delivered, "delivered"},
      {"sending", Status::failed, "failed"},
      {"unknown", Status::sent, "sent"},
      {"unknown", Status::delivered, "delivered"},
      {"unknown", Status::undelivered, "undelivered"},
      {"sent", Status::sent, "sent"},
      {"sent", Status::delivered, "delivered"},
      {"sent", Status::undelivered, "undelivered"},
      {"sent", Status::failed, "failed"},
      {"delivered", Status::sent, "delivered"},
      {"delivered", Status::delivered, "delivered"},
      {"delivered", Status::failed, "delivered"},
      {"undelivered", Status::sent, "undelivered"},
      {"undelivered", Status::delivered, "undelivered"},
      {"failed", Status::delivered, "failed"},
  };
  for (const Row& row : table) {
    for (const bool by_our_id : {true, false}) {
      const MessageId id = message(row.before, "SM1");
      const std::size_t changed =
          report(report_of(row.reported, "", by_our_id ? std::optional(id) : std::nullopt));
      EXPECT_EQ(column("status"), row.after) << row.before;
      EXPECT_EQ(changed, row.before == row.after ? 0U : 1U) << row.before << " to " << row.after;
      EXPECT_EQ(report(report_of(row.reported)), 0U) << "the same again";
    }
  }
}

TEST_F(DeliveryReports, StoreTimesAndErrorCode) {
  const MessageId id = message("sending");
  EXPECT_EQ(report(report_of(Status::sent, "", id)), 1U);
  const std::string now = "'" + format_instant(world.clock.now()) + "'";
  EXPECT_EQ(column("provider_message_id || (sent_at = " + now + ")::text || (delivered_at IS NULL)::text"),
            "SM1truetrue");
  world.clock.advance(std::chrono::seconds{5});
  EXPECT_EQ(report(report_of(Status::delivered)), 1U);
  EXPECT_EQ(column("(delivered_at - sent_at)::text"), "00:00:05");
  message("sent", "SM1");
  EXPECT_EQ(report(report_of(Status::undelivered, "30006")), 1U);
  EXPECT_EQ(column("error_code"), "30006");
}

TEST_F(DeliveryReports, OfUnknownMessagesChangeNothing) {
  message("sent", "SM1");
  EXPECT_EQ(report(report_of(Status::delivered, "", std::nullopt, "SM2")), 0U);
  EXPECT_EQ(report(report_of(Status::delivered, "", MessageId{"not a uuid"}, "SM2")), 0U);
  EXPECT_EQ(report(report_of(Status::delivered, "", MessageId{"019a0000-0000-7000-8000-000000000001"})), 0U);
  EXPECT_EQ(world.deliveries.report({}, world.clock.now()), 0U);
  EXPECT_EQ(column("status"), "sent");
}

TEST_F(DeliveryReports, OfOneMessageInABatchApplyTheLatestStatus) {
  message("sent", "SM1");
  EXPECT_EQ(
      world.deliveries.report({report_of(Status::delivered), report_of(Status::sent)}, world.clock.now()),
      1U);
  EXPECT_EQ(column("status"), "delivered");
}

TEST_F(DeliveryReports, OfAFailedFirstCopyDoNotFailTheResentOne) {
  const MessageId id = message("sending", "", true);
  EXPECT_EQ(report(report_of(Status::failed, "30008", id)), 0U);
  EXPECT_EQ(column("status"), "sending");
  EXPECT_EQ(report(report_of(Status::delivered, "", id, "SM2")), 1U);
  message("sent", "SM2");
  EXPECT_EQ(report(report_of(Status::failed, "30008", MessageId{column("id")}, "SM1")), 0U);
  EXPECT_EQ(column("status"), "sent");
}

TEST_F(DeliveryReports, OfAnUnsubscribedRecipientOptTheUserOutOnce) {
  message("sent", "SM1");
  EXPECT_EQ(report(report_of(Status::failed, "21610")), 1U);
  const std::string opted_out = "SELECT opted_out_at FROM users WHERE id = 'ann'";
  const std::string when = world.sql.value(opted_out);
  EXPECT_NE(when, "");
  world.clock.advance(std::chrono::hours{1});
  message("sent", "SM1");
  EXPECT_EQ(report(report_of(Status::failed, "21610")), 1U);
  EXPECT_EQ(world.sql.value(opted_out), when);
}

}  // namespace
}  // namespace orchestrator::storage
