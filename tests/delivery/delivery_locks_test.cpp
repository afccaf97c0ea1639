// Delivery continues while other transactions lock its rows, and after a COMMIT whose outcome is unknown.
#include <atomic>
#include <random>

#include "chaos/failpoints.hpp"
#include "chaos/proxy.hpp"
#include "support/delivery_flow.hpp"
#include "support/outsider.hpp"

namespace orchestrator::delivery {
namespace {

using namespace std::chrono_literals;
using support::DeliveryFlow;
using support::eventually;
using support::Outsider;
using Conduct = support::StandInTwilio::Conduct;

TEST_F(DeliveryFlow, ALockedMessageDelaysNoOtherMessage) {
  add("bob", "+15550100002");
  Outsider outsider(world.url());
  provider_does([&](const std::string& text, int) {
    if (text == "locked") outsider.run("UPDATE messages SET role = 'b' WHERE content = 'locked'");
    return Conduct::accept;
  });
  promote("ann", "locked");
  deliver(UnknownPolicy::hold, 1);
  ASSERT_TRUE(eventually([&] { return twilio->posts() == 1; }));
  promote("bob", "one");
  promote("bob", "two");
  delivery->wake();
  EXPECT_TRUE(eventually([&] { return row("two") == "sent|SM3|1"; })) << row("two");
  EXPECT_EQ(row("locked"), "sending|-|1");
  outsider.commit();
  EXPECT_TRUE(eventually([&] { return row("locked") == "sent|SM1|1"; })) << row("locked");
}

TEST_F(DeliveryFlow, ALockedUserWhoHasOptedOutDelaysNoOtherOutcome) {
  Outsider outsider(world.url());
  outsider.run("UPDATE users SET daily_limit = 7 WHERE id = 'ann'");
  provider_does([](const std::string& text, int) {
    return text == "unwanted" ? Conduct::unsubscribed : Conduct::accept;
  });
  add("bob", "+15550100002");
  promote("ann", "unwanted");
  deliver(UnknownPolicy::hold, 1);
  ASSERT_TRUE(eventually([&] { return twilio->posts() == 1; }));
  promote("bob", "welcome");
  delivery->wake();
  EXPECT_TRUE(eventually([&] { return row("unwanted") == "failed|-|1|21610"; })) << row("unwanted");
  EXPECT_TRUE(eventually([&] { return row("welcome") == "sent|SM1|1"; })) << row("welcome");
  outsider.commit();
  EXPECT_TRUE(eventually(
      [&] { return world.sql.value("SELECT opted_out_at IS NOT NULL FROM users WHERE id = 'ann'") == "t"; }));
}

// Finds no message in a look-up. During the first look-up, another transaction locks the row.
class ForgetfulSender final : public Sender {
 public:
  explicit ForgetfulSender(Outsider& outsider) : outsider_(outsider) {}
  SendOutcome send(const OutgoingMessage& message, const std::stop_token&) override {
    return {.kind = SendOutcome::Kind::accepted, .provider_message_id = message.id.value};
  }
  LookUpResult look_up(const OutgoingMessage&, const std::stop_token&) override {
    if (look_ups++ == 0) outsider_.run("UPDATE messages SET role = 'b' WHERE content = 'locked'");
    return {.has_answered = true, .found = {}};
  }
  std::string provider() const override { return "forgetful"; }

  std::atomic<int> look_ups = 0;

 private:
  Outsider& outsider_;
};

TEST_F(DeliveryFlow, ALookUpOfALockedMessageIsRepeated) {
  promote("ann", "locked");
  world.sql.run(
      "UPDATE messages SET status = 'unknown', provider = 'forgetful', attempts = 1, look_ups = 2, "
      "next_attempt_at = created_at");
  add("bob", "+15550100002");
  Outsider outsider(world.url());
  ForgetfulSender forgetful(outsider);
  Delivery looking_up({.store = world.deliveries,
                       .sender = forgetful,
                       .clock = world.clock,
                       .ids = world.ids,
                       .rules = world.rules,
                       .concurrency = 2,
                       .on_attempt = [](const Delivery::Attempt&) {}});
  ASSERT_TRUE(eventually([&] { return forgetful.look_ups == 1; }));
  const auto waiting_for_locks = [&] {
    return world.sql.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = "
        "'Lock'");
  };
  ASSERT_TRUE(eventually([&] { return waiting_for_locks() == "1"; }));
  promote("bob", "free");
  looking_up.wake();
  EXPECT_TRUE(eventually([&] { return row("free").starts_with("sent"); })) << row("free");
  ASSERT_TRUE(eventually([&] { return waiting_for_locks() == "0"; }));  // its outcome could not be recorded
  outsider.commit();
  EXPECT_TRUE(eventually([&] {
    world.clock.advance(1s);
    looking_up.wake();
    return world.sql.value("SELECT next_attempt_at IS NULL FROM messages WHERE content = 'locked'") == "t";
  }));
  EXPECT_EQ(forgetful.look_ups, 2);
}

// A seed with which the first fault loses the answer to a COMMIT.
unsigned seed_that_loses_an_answer() {
  unsigned seed = 0;
  while (std::mt19937(seed)() % chaos::kCommitFaults.size() !=
         static_cast<std::size_t>(chaos::CommitFault::cut_after))
    ++seed;
  return seed;
}

// The answer to the claim's COMMIT is lost, so nothing was sent under it. The message is sent once, without
// waiting for the lease to expire.
TEST_F(DeliveryFlow, AClaimWithAnUnknownCommitIsReleased) {
  chaos::Failpoints failpoints(seed_that_loses_an_answer());
  pqxx::connection& direct = world.sql.connection();
  chaos::Proxy proxy({direct.hostname(), std::stoi(direct.port())}, failpoints,
                     {.kill = [] {}, .is_ending = [] { return false; }});
  storage::Database database(
      Secret("host=127.0.0.1 port=" + std::to_string(proxy.port()) +
             " sslmode=disable gssencmode=disable user=" + direct.username() + " dbname=" + direct.dbname()),
      2);
  storage::DeliveryStore store(database);
  promote("ann", "hello");
  twilio.emplace();
  sender.emplace(twilio->config(), "", support::kTimeout, http);
  failpoints.inject_every(1ms);
  Delivery unlucky({.store = store,
                    .sender = *sender,
                    .clock = world.clock,
                    .ids = world.ids,
                    .rules = world.rules,
                    .concurrency = 2,
                    .messages_per_second = 100,
                    .on_attempt = [](const Delivery::Attempt&) {}});
  ASSERT_TRUE(eventually([&] { return failpoints.total(chaos::CommitFault::cut_after) == 1; }));
  failpoints.stop_injecting();
  EXPECT_TRUE(eventually([&] { return row("hello") == "sent|SM1|1"; })) << row("hello");
  EXPECT_EQ(twilio->posts(), 1);
}

}  // namespace
}  // namespace orchestrator::delivery
