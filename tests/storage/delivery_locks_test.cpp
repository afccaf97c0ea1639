// Rows that another transaction has locked, or changes at the same moment: they delay no other rows, and are
// processed later.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "delivery/attempts.hpp"
#include "storage/errors.hpp"
#include "storage/retention_store.hpp"
#include "support/outsider.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using namespace std::chrono_literals;
using support::Outsider;
using Texts = std::vector<std::string>;

class DeliveryLocks : public ::testing::Test {
 protected:
  DeliveryLocks() {
    for (const std::string user : {"ann", "bob", "eve"}) world.add_user(user);
  }

  // A promoted message; later calls make later ones.
  void promote(const std::string& user, const std::string& text, const std::string& purpose = "") {
    world.clock.advance(1ms);
    world.sql.run("INSERT INTO messages (user_id, direction, role, content, created_at, purpose) VALUES ('" +
                  user + "', 'outbound', 'a', '" + text + "', '" + format_instant(world.clock.now()) +
                  "', nullif('" + purpose + "', '')::message_purpose)");
  }

  DeliveryLease lease() { return {world.ids.next_token(world.clock.now()), world.clock.now() + 60s}; }

  std::string column(const std::string& name, const std::string& text) {
    return world.sql.value("SELECT " + name + " FROM messages WHERE content = '" + text + "'");
  }

  // Claims what the rules allow; calls `meanwhile` between reading and writing.
  std::vector<OutgoingMessage> claim(
      const DeliveryLease& granted, std::size_t limit = 10, const std::function<void()>& meanwhile = [] {}) {
    const Instant now = world.clock.now();
    const auto check = [&](const PendingMessage& pending) {
      meanwhile();
      return delivery::last_check(pending, world.rules, now);
    };
    return store.claim({granted, "console", limit, now}, check).messages;
  }

  Texts claimed(std::size_t limit = 10) {
    Texts texts;
    for (const auto& message : claim(lease(), limit)) texts.push_back(message.text);
    return texts;
  }

  static AttemptResult accepted(const OutgoingMessage& message, const DeliveryLease& granted) {
    return {message.id, message.user, granted.token, {SendOutcome::Kind::accepted, "SM1", ""}, {}};
  }

  static std::string locking(const std::string& text) {
    return "UPDATE messages SET role = 'b' WHERE content = '" + text + "'";
  }

  support::World world;
  DeliveryStore& store = world.deliveries;
};

TEST_F(DeliveryLocks, LeasesExpireAroundALockedRow) {
  promote("ann", "locked");
  promote("bob", "free");
  const auto taken = lease();
  ASSERT_EQ(claim(taken).size(), 2U);
  Outsider outsider(world.url());
  outsider.run(locking("locked"));
  EXPECT_EQ(store.expire_leases(taken.until), 1U);
  EXPECT_EQ(column("status", "free"), "unknown");
  outsider.commit();
  EXPECT_EQ(store.expire_leases(taken.until), 1U);
}

TEST_F(DeliveryLocks, OutcomesAreStoredAroundALockedRow) {
  promote("ann", "locked");
  promote("bob", "free");
  const auto taken = lease();
  const auto messages = claim(taken);
  const std::vector results = {accepted(messages.at(0), taken), accepted(messages.at(1), taken)};
  Outsider outsider(world.url());
  outsider.run(locking("locked"));
  EXPECT_EQ(store.record(results, world.clock.now()), std::set{messages.at(0).id});
  EXPECT_EQ(column("status", "free"), "sent");
  outsider.commit();
  EXPECT_EQ(store.record(results, world.clock.now()), std::set<MessageId>{});
  EXPECT_EQ(column("status", "locked"), "sent");
}

// Another user of the same logical shard.
std::string neighbour_of(const std::string& user) {
  const LogicalShards shards = support::logical_shards();
  for (int i = 0;; ++i) {
    std::string other = user + std::to_string(i);
    if (shards.of(UserId{other}) == shards.of(UserId{user})) return other;
  }
}

// Otherwise a claim of one message finds only the one that it cannot lock.
TEST_F(DeliveryLocks, ALockedReplyDelaysNoOtherUser) {
  promote("ann", "locked", "reply");
  promote(neighbour_of("ann"), "free", "reply");
  Outsider outsider(world.url());
  outsider.run(locking("locked"));
  EXPECT_EQ(claimed(1), Texts{"free"});
}

TEST_F(DeliveryLocks, WaitingForALockedRowTimesOut) {
  promote("ann", "hello");
  world.sql.run(
      "UPDATE messages SET status = 'unknown', provider = 'console', attempts = 1, "
      "next_attempt_at = created_at");
  const auto unsettled = store.claim_unsettled("console", world.clock.now(), world.clock.now() + 60s, 1);
  ASSERT_EQ(unsettled.size(), 1U);
  Outsider outsider(world.url());
  outsider.run(locking("hello"));
  outsider.run("UPDATE users SET daily_limit = 7");
  EXPECT_THROW(store.settle(unsettled[0], {}, world.clock.now()), Locked);
  const DeliveryReport report{.provider = "console",
                              .provider_message_id = "SM1",
                              .message = unsettled[0].message.id,
                              .status = DeliveryReport::Status::delivered};
  EXPECT_THROW(store.report({report}, world.clock.now()), Locked);
  EXPECT_THROW(store.opt_out({UserId{"ann"}}, world.clock.now()), Locked);
}

// The timeouts of every transaction, as triggers see them.
TEST_F(DeliveryLocks, EveryTransactionHasTimeouts) {
  world.sql.run(
      "CREATE TABLE seen (by text);"
      "CREATE FUNCTION note_settings() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "  INSERT INTO orchestrator.seen VALUES (current_setting('lock_timeout') || ' ' || "
      "                           current_setting('idle_in_transaction_session_timeout'));"
      "  RETURN NULL;"
      "END $$;"
      "CREATE TRIGGER note AFTER UPDATE ON messages EXECUTE FUNCTION note_settings();"
      "CREATE TRIGGER note AFTER UPDATE ON users EXECUTE FUNCTION note_settings();"
      "CREATE TRIGGER note AFTER UPDATE OR DELETE ON llm_work EXECUTE FUNCTION note_settings();"
      "CREATE TRIGGER note AFTER INSERT ON agent_actions_log EXECUTE FUNCTION note_settings();"
      "CREATE TRIGGER note AFTER INSERT ON orchestrator_settings EXECUTE FUNCTION note_settings()");
  promote("ann", "hello");
  const auto taken = lease();
  const auto now = world.clock.now();
  const auto expect_bounds = [&](const std::string& what) {
    EXPECT_EQ(world.sql.column("DELETE FROM seen RETURNING by").at(0), "1s 10s") << what;
  };
  const auto messages = claim(taken);
  expect_bounds("claim");
  store.release({taken});
  expect_bounds("release");
  store.record({accepted(messages.at(0), taken)}, now);
  expect_bounds("record");
  store.expire_leases(now);
  expect_bounds("leases");
  store.claim_unsettled("console", now, now, 1);
  expect_bounds("look up");
  promote("bob", "hello too");
  ASSERT_EQ(store.lease_rate({.provider = "console", .interval = 1s, .now = now}).messages, 1U);
  expect_bounds("send rate");
  store.opt_out({UserId{"ann"}}, now);
  expect_bounds("opt out");
  store.report({{.provider = "console", .provider_message_id = "SM1"}}, now);
  expect_bounds("report");
  world.renderings.claim({taken.token, taken.until}, now);
  expect_bounds("rendering, claim");
  world.renderings.release_all();
  expect_bounds("rendering, release");
  RetentionStore(world.database).log_sweep(1, now);
  expect_bounds("retention");
}

TEST_F(DeliveryLocks, GivingBackRestoresClaimedMessages) {
  promote("ann", "hello");
  const auto before = column("messages", "hello");
  const auto taken = lease();
  ASSERT_EQ(claim(taken).size(), 1U);
  EXPECT_EQ(store.release({lease()}), 0U);
  EXPECT_EQ(store.release({lease(), taken}), 1U);
  EXPECT_EQ(column("messages", "hello"), before);
  EXPECT_EQ(claimed(), Texts{"hello"});
}

// Events during the check that finds quiet hours.
class QuietHoursRace : public DeliveryLocks {
 protected:
  QuietHoursRace() {
    world.clock.set(support::at("2026-11-20T23:00:00Z"));
    promote("ann", "hello");
  }

  // The check did not see the change, but the message is checked again in a second.
  void expect_to_go_in_a_second() {
    EXPECT_EQ(column("waiting_for", "hello"), "quiet_hours");
    EXPECT_EQ(claimed(), Texts{});
    world.clock.advance(1s);
    EXPECT_EQ(claimed(), Texts{"hello"});
  }
};

TEST_F(QuietHoursRace, AMessageOfTheUserDuringTheCheckWakesTheBlockedOne) {
  EXPECT_TRUE(claim(lease(), 10, [&] { world.person_writes("ann"); }).empty());
  expect_to_go_in_a_second();
}

TEST_F(QuietHoursRace, AMessageStoredInAnOpenTransactionWakesIt) {
  Outsider outsider(world.url());
  outsider.run(
      "INSERT INTO messages (user_id, direction, role, content, status, created_at) VALUES "
      "('ann', 'inbound', 'user', 'Oi', 'received', '" +
      format_instant(world.clock.now()) + "')");
  EXPECT_EQ(claimed(), Texts{});
  outsider.commit();
  expect_to_go_in_a_second();
}

TEST_F(QuietHoursRace, ChangedSettingsWakeIt) {
  EXPECT_TRUE(claim(lease(), 10, [&] {
                world.sql.run("UPDATE users SET quiet_hours_enabled = false WHERE id = 'ann'");
              }).empty());
  expect_to_go_in_a_second();
}

TEST_F(QuietHoursRace, WithoutAnEventItWaitsForTheEndOfQuietHours) {
  EXPECT_EQ(claimed(), Texts{});
  EXPECT_EQ(column("next_attempt_at = '2026-11-21T08:00:00Z'", "hello"), "t");
}

}  // namespace
}  // namespace orchestrator::storage
