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

// A forged id in the URL of a callback, or the id of a message that was sent again.
TEST_F(DeliveryReports, OfAnotherMessageAtTheProviderChangeNothing) {
  for (const std::string before : {"sending", "unknown", "sent"}) {
    for (const Status status : {Status::sent, Status::delivered, Status::undelivered, Status::failed}) {
      const MessageId id = message(before, "SM1");
      for (const std::string provider_id : {"SM2", ""}) {
        EXPECT_EQ(report(report_of(status, "21610", id, provider_id)), 0U) << before << provider_id;
      }
      DeliveryReport foreign = report_of(status, "21610", id);
      foreign.provider = "whatsapp";
      EXPECT_EQ(report(foreign), 0U) << before;
      EXPECT_EQ(column("concat_ws('|', status, provider, provider_message_id, error_code)"),
                before + "|twilio|SM1");
    }
  }
  EXPECT_EQ(world.sql.value("SELECT opted_out_at IS NULL FROM users"), "t");
}

TEST_F(DeliveryReports, OfAnotherMessageDoNotHideAGenuineOne) {
  const MessageId id = message("sent", "SM1");
  EXPECT_EQ(world.deliveries.report(
                {report_of(Status::delivered, "", id, "SM2"), report_of(Status::undelivered, "30003", id)},
                world.clock.now()),
            1U);
  EXPECT_EQ(column("status"), "undelivered");
}

// Before the answer to the send is recorded, only our id finds the row; another system may have made it.
TEST_F(DeliveryReports, FindTheRowByOurIdWhereverItIs) {
  for (const std::string id :
       {"6f9619ff-8b86-4011-b42d-00c04fc964ff", "019f1f3d-86a5-7d3e-8000-0123456789ab",
        "019f1f3d-86a5-7d3e-8001-0123456789ab", "019f1f3d-86a5-7d3e-8fff-0123456789ab"}) {
    message("sending");
    world.sql.run("UPDATE messages SET id = '" + id + "'");
    EXPECT_EQ(report(report_of(Status::delivered, "", MessageId{id})), 1U) << id;
    EXPECT_EQ(column("status || ' ' || provider_message_id"), "delivered SM1");
  }
}

TEST_F(DeliveryReports, WithoutOurIdAreFoundInEveryShard) {
  constexpr int kPeople = 100;
  world.sql.run(
      "INSERT INTO messages (user_id, direction, role, content, status, provider, provider_message_id, "
      "attempts) "
      "SELECT 'person_' || i, 'outbound', 'a', 'hi', 'sent', 'twilio', 'SM' || i, 1 "
      "FROM generate_series(1, " +
      std::to_string(kPeople) + ") AS i");
  std::vector<DeliveryReport> reports;
  for (int i = 1; i <= kPeople; ++i) {
    reports.push_back(report_of(Status::delivered, "", std::nullopt, "SM" + std::to_string(i)));
  }
  EXPECT_EQ(world.deliveries.report(reports, world.clock.now()), std::size_t{kPeople});
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
