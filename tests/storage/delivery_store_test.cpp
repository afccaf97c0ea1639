// Leases on messages that are being sent: no message is sent twice, and every lease ends.
#include "storage/delivery_store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "delivery/attempts.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class Leases : public ::testing::Test {
 protected:
  Leases() {
    world.users.put(User{.id = UserId{"ann"}, .phone_number = "+15550100001", .timezone = "Europe/London"});
    world.add_user("bob");
  }

  // A promoted message; later calls make later ones.
  void promote(const std::string& user, const std::string& text) {
    world.clock.advance(1s);
    world.sql.run("INSERT INTO messages (user_id, direction, role, content, created_at) VALUES ('" + user +
                  "', 'outbound', 'concierge', '" + text + "', '" + format_instant(world.clock.now()) + "')");
  }

  DeliveryLease lease() { return {world.ids.next_token(world.clock.now()), world.clock.now() + 60s}; }

  std::string column(const std::string& name, const std::string& text) {
    return world.sql.value("SELECT " + name + " FROM messages WHERE content = '" + text + "'");
  }

  static Texts texts(const std::vector<OutgoingMessage>& messages) {
    Texts texts;
    for (const auto& message : messages) texts.push_back(message.text);
    return texts;
  }

  DeliveryClaim claim_of(const DeliveryLease& granted, std::size_t limit) {
    return {.lease = granted, .provider = "console", .limit = limit, .now = world.clock.now()};
  }

  // Lets every message pass the check.
  std::vector<OutgoingMessage> claim(const DeliveryLease& granted, std::size_t limit) {
    return store.claim(claim_of(granted, limit), [](const PendingMessage&) { return LastCheck{}; }).messages;
  }

  AttemptResult result(const OutgoingMessage& message, const DeliveryLease& granted, SendOutcome outcome,
                       std::optional<Instant> next_attempt_at = std::nullopt) {
    return {message.id, message.user, granted.token, std::move(outcome), next_attempt_at};
  }

  AttemptResult accepted(const OutgoingMessage& message, const DeliveryLease& granted) {
    return result(message, granted, {SendOutcome::Kind::accepted, "SM1", ""});
  }

  support::World world;
  DeliveryStore& store = world.deliveries;
};

TEST_F(Leases, AreGrantedOldestFirstWithTheSendersData) {
  for (const std::string text : {"one", "two", "three"}) promote(text == "two" ? "bob" : "ann", text);
  const auto granted = lease();
  const auto first = claim(granted, 2);
  EXPECT_EQ(texts(first), (Texts{"one", "two"}));
  EXPECT_EQ(first[0].user, UserId{"ann"});
  EXPECT_EQ(first[0].phone_number, "+15550100001");
  EXPECT_EQ(first[0].id.value, column("id", "one"));
  EXPECT_EQ(first[1].phone_number, "");
  EXPECT_EQ(column("concat_ws('|', status, provider, attempts)", "one"), "sending|console|1");
  store.record({accepted(first[0], granted)}, world.clock.now());
  EXPECT_EQ(texts(claim(lease(), 2)), Texts{"three"});
  EXPECT_EQ(texts(claim(lease(), 2)), Texts{});
}

TEST_F(Leases, IgnoreInboundMessages) {
  world.person_writes("ann");
  EXPECT_EQ(texts(claim(lease(), 10)), Texts{});
}

TEST_F(Leases, AreExclusiveAmongConcurrentClaims) {
  world.sql.run(
      "INSERT INTO messages (user_id, direction, role, content) "
      "SELECT 'person_' || i, 'outbound', 'a', i::text FROM generate_series(1, 400) AS i");
  std::atomic<std::size_t> claimed = 0;
  {
    std::vector<std::jthread> senders;
    for (int i = 0; i < 4; ++i) {
      senders.emplace_back([&] {
        for (int round = 0; round < 40; ++round) claimed += claim(lease(), 10).size();
      });
    }
  }
  EXPECT_EQ(claimed, 400U);
  EXPECT_EQ(world.sql.value("SELECT max(attempts) FROM messages"), "1");
}

TEST_F(Leases, RecordTheOutcomeOfEachAttempt) {
  for (const std::string text : {"went", "refused", "who knows"}) promote("for " + text, text);
  const auto granted = lease();
  const auto messages = claim(granted, 10);
  world.clock.advance(1s);
  store.record({accepted(messages[0], granted),
                result(messages[1], granted, {SendOutcome::Kind::permanent, "", "21211"}),
                result(messages[2], granted, {SendOutcome::Kind::unknown, "", "timed_out"})},
               world.clock.now());
  EXPECT_EQ(world.sql.column("SELECT concat_ws('|', status, provider_message_id, error_code, "
                             "sent_at = '" +
                             format_instant(world.clock.now()) +
                             "', lease_token, lease_until) FROM messages ORDER BY created_at"),
            (Texts{"sent|SM1|t", "failed|21211", "unknown|timed_out"}));
}

TEST_F(Leases, RecordNothingUnderAnOldToken) {
  promote("ann", "hello");
  const auto old = lease();
  const auto messages = claim(old, 10);
  store.record({accepted(messages[0], lease())}, world.clock.now());
  EXPECT_EQ(column("status", "hello"), "sending");
  world.sql.run("UPDATE messages SET status = 'pending'");
  const auto taken_over = lease();
  ASSERT_EQ(claim(taken_over, 10).size(), 1U);
  store.record({accepted(messages[0], old)}, world.clock.now());
  EXPECT_EQ(column("status", "hello"), "sending");
  EXPECT_EQ(column("lease_token", "hello"), taken_over.token);
}

TEST_F(Leases, ThatExpireLeaveTheOutcomeUnknown) {
  promote("ann", "hello");
  const auto granted = lease();
  const auto messages = claim(granted, 10);
  EXPECT_EQ(store.expire_leases(granted.until - Duration{1}), 0U);
  EXPECT_EQ(store.expire_leases(granted.until), 1U);
  EXPECT_EQ(column("concat_ws('|', status, error_code, lease_token)", "hello"), "unknown|lease_expired");
  EXPECT_EQ(texts(claim(lease(), 10)), Texts{});
  store.record({accepted(messages[0], granted)}, world.clock.now());
  EXPECT_EQ(column("status", "hello"), "unknown");
}

TEST_F(Leases, AreNotGrantedForOptedOutUsers) {
  promote("ann", "unwanted");
  promote("bob", "wanted");
  world.sql.run("UPDATE users SET opted_out_at = now() WHERE id = 'ann'");
  const auto claimed = store.claim(claim_of(lease(), 10), [&](const PendingMessage& pending) {
    return delivery::last_check(pending, world.rules, world.clock.now());
  });
  EXPECT_EQ(texts(claimed.messages), Texts{"wanted"});
  EXPECT_EQ(column("concat_ws('|', status, error_code)", "unwanted"), "failed|opted_out");
}

// `messages` has no foreign key: another system may write a row of an unknown user.
TEST_F(Leases, AreGrantedForUnknownUsers) {
  promote("unknown", "hello");
  const auto messages = claim(lease(), 10);
  ASSERT_EQ(texts(messages), Texts{"hello"});
  EXPECT_EQ(messages[0].phone_number, "");
}

}  // namespace
}  // namespace orchestrator::storage
