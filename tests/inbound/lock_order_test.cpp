// Lock order: every transaction locks a contact first, then users, then budgets, each by id. These tests hold
// the lock that comes later in that order and then request the earlier one, which deadlocks if the code under
// test holds it while it waits.

#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "support/eventually.hpp"
#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using std::chrono::seconds;
using support::InboundWorld;
using support::incoming;
class LockOrder : public testing::Test {
 protected:
  // Runs `work` while another transaction holds the locks of the statement `first`. Once `work` waits, that
  // transaction executes `second`.
  void expect_no_deadlock(const std::string& first, const std::string& second,
                          const std::function<void()>& work) {
    support::Sql other(world.url());
    pqxx::work transaction(other.connection());
    transaction.exec("SET LOCAL lock_timeout = '1s'");
    transaction.exec(first);
    auto working = std::async(std::launch::async, work);
    EXPECT_TRUE(support::eventually([&] {
      return world.sql.value(
                 "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                 "wait_event_type = 'Lock'") == "1";
    })) << "it must wait for the locks of the other transaction";
    EXPECT_NO_THROW(transaction.exec(second));
    transaction.abort();
    EXPECT_NO_THROW(working.get());
  }

  InboundConfig config = [] {
    InboundConfig with_fallback;
    with_fallback.fallback_text = "Sorry.";
    return with_fallback;
  }();
  InboundWorld world{config};
};

std::string budget_of(const std::string& user) {
  return "SELECT FROM user_message_budget WHERE user_id = '" + user + "' FOR NO KEY UPDATE";
}

TEST_F(LockOrder, NewUsersOfABatch) {
  const std::string insert_zoe = "INSERT INTO users (id) VALUES ('zoe') ON CONFLICT DO NOTHING";
  expect_no_deadlock("INSERT INTO users (id) VALUES ('ana')", insert_zoe, [&] {
    world.inbound.receive({{{}, incoming("zoe", "Hello")}, {{}, incoming("ana", "Hello")}},
                          world.clock.now());
  });
}

TEST_F(LockOrder, ContactsOfABatch) {
  world.says("ana", "1");
  world.says("zoe", "1");
  expect_no_deadlock(budget_of("ana"), budget_of("zoe"), [&] {
    world.inbound.receive({{{}, incoming("zoe", "2")}, {{}, incoming("ana", "2")}}, world.clock.now());
  });
}

TEST_F(LockOrder, AStopAfterAnotherMessage) {
  world.says("ana", "1");
  expect_no_deadlock("SELECT FROM users WHERE id = 'ana' FOR NO KEY UPDATE", budget_of("ana"), [&] {
    world.inbound.receive({{{}, incoming("ana", "2")}, {Consent::stop, incoming("ana", "STOP")}},
                          world.clock.now());
  });
}

TEST_F(LockOrder, AUserWhomAnotherTransactionIsAboutToDelete) {
  world.says("ana", "1");
  expect_no_deadlock("SELECT FROM users WHERE id = 'ana' FOR UPDATE", budget_of("ana"),
                     [&] { world.says("ana", "2"); });
}

// The locked budget of one user must not block the turns of all others.
TEST_F(LockOrder, ExpiredTurnsSkipLockedUsers) {
  for (int attempt = 1; attempt <= 3; ++attempt) {
    for (const std::string contact : {"zoe", "ana"}) {
      if (attempt == 1) world.says(contact, "1");
      if (attempt > 1) world.contacts.unlock(contact, world.clock.now());
      EXPECT_EQ(world.claimed().contact_id, contact);
      world.clock.advance(std::chrono::milliseconds{1});
    }
  }
  world.clock.advance(seconds{31});
  support::Sql other(world.url());
  {
    pqxx::work transaction(other.connection());
    transaction.exec(budget_of("ana"));
    EXPECT_EQ(world.turns.recover_expired(world.clock.now()), 1u);
    EXPECT_EQ(world.sent_to("zoe"), std::vector<std::string>{"Sorry."});
    EXPECT_EQ(world.sent_to("ana"), std::vector<std::string>{});
  }
  EXPECT_EQ(world.turns.recover_expired(world.clock.now()), 1u);
  EXPECT_EQ(world.sent_to("ana"), std::vector<std::string>{"Sorry."});
}

}  // namespace
}  // namespace orchestrator::inbound
