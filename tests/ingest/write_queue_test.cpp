// The queue between callers and writers: ordered, bounded, and not blocked by users whose rows are locked.
#include "ingest/write_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/errors.hpp"
#include "support/world.hpp"

namespace orchestrator::ingest {
namespace {

using namespace std::chrono_literals;

class WriteQueueTest : public ::testing::Test {
 protected:
  std::shared_ptr<PendingWrite> push(std::size_t size = 5, const std::string& user = "ann") {
    return queue.push({.user = UserId{user}, .agent = AgentId{"a"}, .parts = {std::string(size, 'x')}});
  }

  WriteBatch pop() { return queue.pop(stop.get_token()); }

  // As a writer does whose work takes no time.
  WriteBatch pop_and_release() {
    const WriteBatch batch = pop();
    queue.release(batch);
    return batch;
  }

  static bool is_resolved(PendingWrite& write) {
    return write.result.wait_for(0s) == std::future_status::ready;
  }

  support::FakeClock clock;
  std::stop_source stop;
  UuidV7Source ids{LogicalShards{}};
  WriteQueue queue{clock, ids};
};

TEST_F(WriteQueueTest, PopsInTheOrderOfArrivalWhichIsThatOfIdentifiers) {
  WriteBatch pushed;
  for (int i = 0; i < 300; ++i) pushed.push_back(push());
  WriteBatch popped = pop_and_release();
  EXPECT_EQ(popped.size(), 256U) << "the size of a batch is bounded";
  for (auto& write : pop_and_release()) popped.push_back(write);
  EXPECT_EQ(popped, pushed);
  EXPECT_TRUE(std::ranges::is_sorted(
      popped, {}, [](const auto& write) -> const std::string& { return write->submission.id().value; }));
}

TEST_F(WriteQueueTest, GivesAUsersMessagesToOneWriterAtATime) {
  push();
  const WriteBatch first = pop();
  const auto for_ann = push();
  const auto for_bob = push(5, "bob");
  EXPECT_EQ(pop(), WriteBatch{for_bob});
  auto next_for_ann = std::async(std::launch::async, [&] { return pop(); });
  EXPECT_EQ(next_for_ann.wait_for(20ms), std::future_status::timeout);
  queue.release(first);
  EXPECT_EQ(next_for_ann.get(), WriteBatch{for_ann});
}

TEST_F(WriteQueueTest, SkipsWritesWhoseCallersGaveUp) {
  push()->is_abandoned = true;
  const auto second = push();
  EXPECT_EQ(pop_and_release(), WriteBatch{second});
}

TEST_F(WriteQueueTest, RejectsAtOnceWhatExceedsItsMemory) {
  constexpr std::size_t kMiB = 1 << 20;
  WriteBatch pushed;
  for (int i = 0; i < 64; ++i) pushed.push_back(push(kMiB));
  EXPECT_EQ(std::ranges::count_if(pushed, [](auto& write) { return is_resolved(*write); }), 1)
      << "64 MiB include the queue's own overhead";
  EXPECT_THROW(pushed.back()->result.get(), storage::Unavailable);
  pop_and_release();
  EXPECT_FALSE(is_resolved(*push(kMiB)));
}

TEST_F(WriteQueueTest, BacksOffForASecondWhileTheUserRowIsLocked) {
  const auto began = std::chrono::steady_clock::now();
  const auto blocked = push();
  int attempts = 0;
  for (; !is_resolved(*blocked); ++attempts) queue.back_off(pop_and_release());
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_GT(attempts, 2);
  EXPECT_THROW(blocked->result.get(), storage::Locked);
}

TEST_F(WriteQueueTest, ServesOtherUsersHoweverManyWritesBackOff) {
  for (int i = 0; i < 1000; ++i) push();
  for (int i = 0; i < 4; ++i) queue.back_off(pop_and_release());
  const auto other = push();
  const WriteBatch batch = pop_and_release();
  EXPECT_NE(std::ranges::find(batch, other), batch.end());
}

TEST_F(WriteQueueTest, EndsWhenNoWorkIsLeft) {
  const auto queued = push();
  stop.request_stop();
  const WriteBatch last = pop_and_release();
  EXPECT_EQ(last, WriteBatch{queued});
  queue.back_off(last);
  EXPECT_EQ(pop_and_release(), last) << "writes that are backing off are finished first";
  EXPECT_EQ(pop_and_release(), WriteBatch{});
}

}  // namespace
}  // namespace orchestrator::ingest
