// Leases that run out while an instance is busy, or asleep.
#include <mutex>
#include <thread>

#include "support/delivery_flow.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::DeliveryFlow;
using support::eventually;
using support::kTimeout;

// Or the lease of what has gone would run out while, say, a night begins for many.
TEST_F(DeliveryFlow, StoresWhatWentBeforeItHasTurnedDownAllThatMayNotGo) {
  promote("ann", "hello");
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

// An instance that sleeps between its claim and its call: others have found its lease run out.
class SleepyClock final : public Clock {
 public:
  explicit SleepyClock(const Clock& clock) : clock_(clock) {}
  // The dispatcher asks first.
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

TEST_F(DeliveryFlow, SendsNothingUnderALeaseThatHasRunOut) {
  promote("ann", "hello");
  twilio.emplace();
  sender.emplace(twilio->config(), "", kTimeout, http);
  const SleepyClock sleepy(world.clock);
  Delivery frozen({.store = world.deliveries,
                   .sender = *sender,
                   .clock = sleepy,
                   .ids = world.ids,
                   .rules = world.rules,
                   .attempted = [](const Delivery::Attempt&) {}});
  ASSERT_TRUE(eventually([&] { return row("hello") == "pending|-|1|lease_expired"; })) << row("hello");
  EXPECT_EQ(twilio->posts(), 0);
}

}  // namespace
}  // namespace orchestrator
