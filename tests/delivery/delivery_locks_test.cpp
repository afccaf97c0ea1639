// Delivery goes on while somebody holds what it would write, and when nobody says whether it was written.
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

;

TEST_F(DeliveryFlow, AHeldRowHoldsUpNobodyElse) {
  add("bob", "+15550100002");
  Outsider outsider(world.url());
  provider_does([&](const std::string& text, int) {
    if (text == "held") outsider.run("UPDATE messages SET role = 'b' WHERE content = 'held'");
    return Conduct::accept;
  });
  promote("ann", "held");
  promote("bob", "one");
  promote("bob", "two");
  deliver(UnknownPolicy::hold, 1);
  EXPECT_TRUE(eventually([&] { return row("two") == "sent|SM3|1"; })) << row("two");
  EXPECT_EQ(row("held"), "sending|-|1");
  outsider.commit();
  EXPECT_TRUE(eventually([&] { return row("held") == "sent|SM1|1"; })) << row("held");
}

TEST_F(DeliveryFlow, WhoeverHoldsAPersonThatHasOptedOutHoldsUpNothingElse) {
  Outsider outsider(world.url());
  outsider.run("UPDATE users SET daily_limit = 7 WHERE id = 'ann'");
  provider_does([](const std::string& text, int) {
    return text == "unwanted" ? Conduct::unsubscribed : Conduct::accept;
  });
  add("bob", "+15550100002");
  promote("ann", "unwanted");
  promote("bob", "welcome");
  deliver(UnknownPolicy::hold, 1);
  EXPECT_TRUE(eventually([&] { return row("unwanted") == "failed|-|1|21610"; })) << row("unwanted");
  EXPECT_TRUE(eventually([&] { return row("welcome") == "sent|SM1|1"; })) << row("welcome");
  outsider.commit();
  EXPECT_TRUE(eventually(
      [&] { return world.sql.value("SELECT opted_out_at IS NOT NULL FROM users WHERE id = 'ann'") == "t"; }));
}

// A provider that knows nothing of what it is asked about; the row is taken while it is asked first.
class Forgetful final : public Sender {
 public:
  explicit Forgetful(Outsider& outsider) : outsider_(outsider) {}
  SendOutcome send(const OutgoingMessage& message, const std::stop_token&) override {
    return {.kind = SendOutcome::Kind::accepted, .provider_message_id = message.id.value};
  }
  LookUpResult look_up(const OutgoingMessage&, const std::stop_token&) override {
    if (asked++ == 0) outsider_.run("UPDATE messages SET role = 'b' WHERE content = 'held'");
    return {.has_answered = true, .found = {}};
  }
  std::string provider() const override { return "forgetful"; }

  std::atomic<int> asked = 0;

 private:
  Outsider& outsider_;
};

TEST_F(DeliveryFlow, AHeldQuestionIsAskedOnceMore) {
  promote("ann", "held");
  world.sql.run(
      "UPDATE messages SET status = 'unknown', provider = 'forgetful', attempts = 1, look_ups = 2, "
      "next_attempt_at = created_at");
  add("bob", "+15550100002");
  Outsider outsider(world.url());
  Forgetful forgetful(outsider);
  Delivery asking({.store = world.deliveries,
                   .sender = forgetful,
                   .clock = world.clock,
                   .ids = world.ids,
                   .rules = world.rules,
                   .concurrency = 2,
                   .attempted = [](const Delivery::Attempt&) {}});
  ASSERT_TRUE(eventually([&] { return forgetful.asked == 1; }));
  promote("bob", "free");
  asking.wake();
  EXPECT_TRUE(eventually([&] { return row("free").starts_with("sent"); })) << row("free");
  outsider.commit();
  EXPECT_TRUE(eventually([&] {
    world.clock.advance(1s);
    asking.wake();
    return world.sql.value("SELECT next_attempt_at IS NULL FROM messages WHERE content = 'held'") == "t";
  }));
  EXPECT_EQ(forgetful.asked, 2);
}

// A seed by which the first strike loses the answer to a commit.
unsigned seed_that_loses_an_answer() {
  unsigned seed = 0;
  while (std::mt19937(seed)() % chaos::kStrikes.size() != static_cast<std::size_t>(chaos::Strike::cut_after))
    ++seed;
  return seed;
}

// The claim's answer is lost. Nothing was handed out: it goes, once, and not when the lease would be over.
TEST_F(DeliveryFlow, AClaimOfWhichNobodyKnowsWhetherItWasMadeIsGivenBack) {
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
  failpoints.strike_every(1ms);
  Delivery unlucky({.store = store,
                    .sender = *sender,
                    .clock = world.clock,
                    .ids = world.ids,
                    .rules = world.rules,
                    .concurrency = 2,
                    .messages_per_second = 100,
                    .attempted = [](const Delivery::Attempt&) {}});
  ASSERT_TRUE(eventually([&] { return failpoints.total(chaos::Strike::cut_after) == 1; }));
  failpoints.rest();
  EXPECT_TRUE(eventually([&] { return row("hello") == "sent|SM1|1"; })) << row("hello");
  EXPECT_EQ(twilio->posts(), 1);
}

}  // namespace
}  // namespace orchestrator::delivery
