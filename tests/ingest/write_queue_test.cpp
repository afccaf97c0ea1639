// What waits to be written: in order, bounded, and apart from those whose people somebody holds.
#include "ingest/write_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/errors.hpp"
#include "support/world.hpp"

namespace orchestrator::ingest {
namespace {

using namespace std::chrono_literals;

class LineOfMessages : public ::testing::Test {
 protected:
  std::shared_ptr<Pending> join(std::size_t size = 5, const std::string& user = "ann") {
    return line.join({.user = UserId{user}, .agent = AgentId{"a"}, .parts = {std::string(size, 'x')}});
  }

  // As a writer does it, who is done with it at once.
  Group next() {
    const Group group = line.next_group(stop.get_token());
    line.done(group);
    return group;
  }

  static bool is_answered(Pending& pending) {
    return pending.answer.wait_for(0s) == std::future_status::ready;
  }

  support::FakeClock clock;
  std::stop_source stop;
  Line line{clock};
};

TEST_F(LineOfMessages, IsTakenInTheOrderOfArrivalWhichIsThatOfIdentifiers) {
  Group joined;
  for (int i = 0; i < 300; ++i) joined.push_back(join());
  Group taken = next();
  EXPECT_EQ(taken.size(), 256U) << "a group has its bounds";
  for (auto& rest : next()) taken.push_back(rest);
  EXPECT_EQ(taken, joined);
  EXPECT_TRUE(std::ranges::is_sorted(
      taken, {}, [](const auto& pending) -> const std::string& { return pending->draft.id().value; }));
}

TEST_F(LineOfMessages, GivesAPersonsMessagesToOneWriterAtATime) {
  join();
  const Group first = line.next_group(stop.get_token());
  const auto anns = join();
  const auto bobs = join(5, "bob");
  EXPECT_EQ(line.next_group(stop.get_token()), Group{bobs});
  auto next_for_ann = std::async(std::launch::async, [&] { return line.next_group(stop.get_token()); });
  EXPECT_EQ(next_for_ann.wait_for(20ms), std::future_status::timeout);
  line.done(first);
  EXPECT_EQ(next_for_ann.get(), Group{anns});
}

TEST_F(LineOfMessages, LeavesOutWhatNobodyWaitsFor) {
  join()->is_abandoned = true;
  const auto second = join();
  EXPECT_EQ(next(), Group{second});
}

TEST_F(LineOfMessages, RefusesAtOnceWhatMemoryHasNoRoomFor) {
  constexpr std::size_t kMiB = 1 << 20;
  Group joined;
  for (int i = 0; i < 64; ++i) joined.push_back(join(kMiB));
  EXPECT_EQ(std::ranges::count_if(joined, [](auto& pending) { return is_answered(*pending); }), 1)
      << "64 MiB, and something to keep them in";
  EXPECT_THROW(joined.back()->answer.get(), storage::Unavailable);
  next();
  EXPECT_FALSE(is_answered(*join(kMiB)));
}

TEST_F(LineOfMessages, TriesWhatIsHeldForASecond) {
  const auto began = std::chrono::steady_clock::now();
  const auto held = join();
  int tries = 0;
  for (; !is_answered(*held); ++tries) line.put_off(next());
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_GT(tries, 2);
  EXPECT_THROW(held->answer.get(), storage::Locked);
}

TEST_F(LineOfMessages, ServesOthersHoweverManyAreHeld) {
  for (int i = 0; i < 1000; ++i) join();
  for (int i = 0; i < 4; ++i) line.put_off(next());
  const auto other = join();
  const Group group = next();
  EXPECT_NE(std::ranges::find(group, other), group.end());
}

TEST_F(LineOfMessages, EndsWhenNothingIsLeft) {
  const auto waiting = join();
  stop.request_stop();
  const Group last = next();
  EXPECT_EQ(last, Group{waiting});
  line.put_off(last);
  EXPECT_EQ(next(), last) << "what is held is settled first";
  EXPECT_EQ(next(), Group{});
}

}  // namespace
}  // namespace orchestrator::ingest
