// The loop around the passes.
#include "processor/processor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>

#include "storage/errors.hpp"
#include "support/eventually.hpp"
#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::eventually;

enum class Event { measured, could_not_measure, passed };

// Records what a processor does, in order; measuring the time fails on request.
class ProcessorLoop : public ::testing::Test {
 protected:
  void measure_time() {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::exchange(cannot_measure_, false) ? Event::could_not_measure : Event::measured);
    if (events_.back() == Event::could_not_measure) throw storage::Unavailable("no answer");
  }

  void passed() {
    const std::lock_guard lock(mutex_);
    events_.push_back(Event::passed);
  }

  void next_time_cannot_be_measured() {
    const std::lock_guard lock(mutex_);
    cannot_measure_ = true;
  }

  std::vector<Event> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }

  // It may have run another pass by itself: it does so once a second.
  bool is_asleep_after(std::ptrdiff_t passes) {
    const auto seen = events();
    return std::count(seen.begin(), seen.end(), Event::passed) >= passes && seen.back() == Event::measured;
  }

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
  bool cannot_measure_ = false;

 protected:
  support::World world;
  processor::Processor processor{processor::PassContext{world.passes, world.clock, world.ids, world.rules},
                                 ProcessorConfig{.interval = 1h},
                                 {[this] { measure_time(); }, [this](auto&&...) { passed(); }, [] {}}};
};

TEST_F(ProcessorLoop, MeasuresTheTimeAfterThePass) {
  ASSERT_TRUE(eventually([&] { return is_asleep_after(1); }));
  processor.wake();
  ASSERT_TRUE(eventually([&] { return is_asleep_after(2); }));
  const auto seen = events();
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], i % 2 == 0 ? Event::measured : Event::passed) << "event " << i;
  }
}

TEST_F(ProcessorLoop, MeasuresTheTimeBeforeThePassThatFollowsAFailure) {
  ASSERT_TRUE(eventually([&] { return is_asleep_after(1); }));
  next_time_cannot_be_measured();
  processor.wake();
  ASSERT_TRUE(eventually([&] { return is_asleep_after(3); }));
  const auto seen = events();
  const auto failure = std::find(seen.begin(), seen.end(), Event::could_not_measure);
  ASSERT_GE(std::distance(failure, seen.end()), 3);
  EXPECT_EQ(failure[-1], Event::passed);
  EXPECT_EQ(failure[1], Event::measured);
  EXPECT_EQ(failure[2], Event::passed);
}

// A batch of a full pass takes a while, which an urgent message does not wait for.
TEST(ProcessorBesideItsFullPass, PromotesUrgentMessages) {
  support::World world;
  for (const std::string user : {"slow", "ann"}) world.add_user(user);
  world.schedule("slow", "in the full pass");
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<bool> is_in_batch = false;
  processor::PassContext context{world.passes, world.clock, world.ids, world.rules};
  context.plan = [&](Instant now, const UserQueue& queue, const UserFacts& facts,
                     const policy::Limits& limits) {
    if (!queue.messages.empty() && queue.messages.front().priority == Priority::medium) {
      is_in_batch = true;
      released.wait();
    }
    return policy::plan_user(now, queue, facts, limits);
  };
  const std::vector<std::string> nothing;
  const std::vector<std::string> urgent = {"urgent"};
  {
    processor::Processor processor{
        context, ProcessorConfig{.interval = 1h}, {[] {}, [](auto&&...) {}, [] {}}};
    const bool has_begun = eventually([&] { return is_in_batch.load(); });
    world.schedule("ann", "urgent", Priority::urgent);
    processor.wake();
    EXPECT_TRUE(has_begun && eventually([&] { return world.sent_to("ann") == urgent; }));
    EXPECT_EQ(world.sent_to("slow"), nothing);
    release.set_value();
    EXPECT_TRUE(eventually([&] { return world.sent_to("slow") != nothing; }));
  }
}

}  // namespace
}  // namespace orchestrator
