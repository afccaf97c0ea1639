// The loop around the passes.
#include "processor/processor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

}  // namespace
}  // namespace orchestrator
