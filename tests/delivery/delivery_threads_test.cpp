// The threads of one instance: while many messages fail their last check, after the instance was suspended,
// and while look-ups stay unanswered.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/delivery_flow.hpp"

namespace orchestrator::delivery {
namespace {

using namespace std::chrono_literals;
using support::DeliveryFlow;
using support::eventually;
using support::kTimeout;

// The lease of a sent message would otherwise expire while many messages are deferred, e.g. when quiet hours
// begin.
TEST_F(DeliveryFlow, RecordsOutcomesBetweenClaimsOfMessagesThatFailTheirLastCheck) {
  promote("ann", "hello", "reply");  // replies go first
  world.sql.run(
      "INSERT INTO users (id, opted_out_at) SELECT 'gone_' || i, now() FROM generate_series(1, 1000) AS i;"
      "INSERT INTO messages (user_id, direction, role, content, created_at) "
      "SELECT 'gone_' || i, 'outbound', 'a', 'bye', timestamptz '2026-11-20T12:00:01Z' "
      "FROM generate_series(1, 1000) AS i");
  deliver(UnknownPolicy::hold, 2);
  std::string pending;
  ASSERT_TRUE(eventually([&] {
    pending = world.sql.value(
        "SELECT CASE WHEN bool_or(status = 'sent') THEN count(*) FILTER (WHERE status = 'pending') END "
        "FROM messages");
    return !pending.empty();
  }));
  EXPECT_GT(std::stoi(pending), 0);
}

// The clock of an instance that is suspended between its claim and its call, until the lease has expired.
class SuspendedClock final : public Clock {
 public:
  explicit SuspendedClock(const Clock& clock) : clock_(clock) {}
  // The first caller is the dispatcher.
  Instant now() const override {
    const std::lock_guard lock(mutex_);
    if (!dispatcher_) dispatcher_ = std::this_thread::get_id();
    return clock_.now() + (std::this_thread::get_id() == dispatcher_ ? 0s : 60s);
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::optional<std::thread::id> dispatcher_;
};

TEST_F(DeliveryFlow, SendsNothingUnderAnExpiredLease) {
  promote("ann", "hello");
  twilio.emplace();
  sender.emplace(twilio->config(), "", kTimeout, http);
  const SuspendedClock suspended(world.clock);
  Delivery frozen({.store = world.deliveries,
                   .sender = *sender,
                   .clock = suspended,
                   .ids = world.ids,
                   .rules = world.rules,
                   .on_attempt = [](const Delivery::Attempt&) {}});
  ASSERT_TRUE(eventually([&] { return row("hello") == "pending|-|1|lease_expired"; })) << row("hello");
  EXPECT_EQ(twilio->posts(), 0);
}

// Accepts every message, and never answers a look-up.
class SilentSender final : public Sender {
 public:
  SendOutcome send(const OutgoingMessage& message, const std::stop_token&) override {
    return {.kind = SendOutcome::Kind::accepted, .provider_message_id = message.id.value};
  }
  LookUpResult look_up(const OutgoingMessage&, const std::stop_token& stop) override {
    ++look_ups;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    stopped.wait(lock, stop, [] { return false; });
    return {};
  }
  std::string provider() const override { return "silent"; }

  std::atomic<int> look_ups = 0;
};

TEST_F(DeliveryFlow, UnansweredLookUpsLeaveThreadsForSending) {
  world.sql.run(
      "INSERT INTO messages (user_id, direction, role, content, status, provider, attempts, next_attempt_at) "
      "SELECT 'lost_' || i, 'outbound', 'a', 'lost', 'unknown', 'silent', 1, '2026-11-20T12:00:00Z' "
      "FROM generate_series(1, 20) AS i;"
      "INSERT INTO users (id, quiet_hours_enabled) SELECT 'new_' || i, false FROM generate_series(1, 40) AS "
      "i;"
      "INSERT INTO messages (user_id, direction, role, content) "
      "SELECT 'new_' || i, 'outbound', 'a', 'new' FROM generate_series(1, 40) AS i");
  SilentSender silent;
  Delivery busy({.store = world.deliveries,
                 .sender = silent,
                 .clock = world.clock,
                 .ids = world.ids,
                 .rules = world.rules,
                 .concurrency = 4,
                 .on_attempt = [](const Delivery::Attempt&) {}});
  EXPECT_TRUE(eventually(
      [&] { return world.sql.value("SELECT count(*) FROM messages WHERE status = 'sent'") == "40"; }));
  EXPECT_EQ(silent.look_ups, 1);
}

TEST_F(DeliveryFlow, ASingleThreadAlternatesBetweenLookUpsAndSends) {
  promote("ann", "lost");
  provider_does([](const std::string& text, int) {
    return text == "lost" ? support::StandInTwilio::Conduct::accept_and_fail
                          : support::StandInTwilio::Conduct::accept;
  });
  deliver(UnknownPolicy::hold, 1);
  ASSERT_TRUE(becomes("lost", "sent|SM1|1"));
  promote("ann", "new");
  ASSERT_TRUE(becomes("new", "sent|SM2|1"));
}

}  // namespace
}  // namespace orchestrator::delivery
