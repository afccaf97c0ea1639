// Many listeners, each at their own pace.

#include "events/broadcast.hpp"

#include <gtest/gtest.h>

#include <future>

namespace orchestrator::events {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

std::vector<Event> numbered(int first, int last) {
  std::vector<Event> events;
  for (int i = first; i <= last; ++i) events.push_back({std::to_string(i), "counted", "{}"});
  return events;
}

Ids ids_of(const std::vector<Event>& events) {
  Ids ids;
  for (const Event& event : events) ids.push_back(event.name == "gap" ? "gap " + event.data : event.id);
  return ids;
}

const auto kNothing = [] {};

TEST(Broadcast, EveryListenerHearsWhatComesAfterItsPlace) {
  Broadcast broadcast(10);
  broadcast.publish(numbered(1, 2));
  Listener early(broadcast, 0, kNothing);
  Listener late(broadcast, broadcast.end(), kNothing);
  broadcast.publish(numbered(3, 3));
  EXPECT_EQ(ids_of(early.next(0ms)), (Ids{"1", "2", "3"}));
  EXPECT_EQ(ids_of(late.next(0ms)), Ids{"3"});
  EXPECT_TRUE(late.next(0ms).empty());
}

TEST(Broadcast, AListenerIsWoken) {
  Broadcast broadcast(10);
  Listener listener(broadcast, 0, kNothing);
  auto heard = std::async(std::launch::async, [&] { return ids_of(listener.next(10s)); });
  broadcast.publish(numbered(1, 1));
  EXPECT_EQ(heard.get(), Ids{"1"});
}

TEST(Broadcast, WhoFallsBehindSkipsAheadAndIsTold) {
  Broadcast broadcast(3);
  Listener slow(broadcast, 0, kNothing);
  broadcast.publish(numbered(1, 5));
  EXPECT_EQ(ids_of(slow.next(0ms)), (Ids{R"(gap {"missed":2})", "3", "4", "5"}));
  broadcast.publish(numbered(6, 6));
  broadcast.forget();
  EXPECT_EQ(ids_of(slow.next(0ms)), Ids{R"(gap {"missed":1})"});
  broadcast.publish(numbered(7, 7));
  EXPECT_EQ(ids_of(slow.next(0ms)), Ids{"7"});
}

TEST(Broadcast, ManyEventsComeInTurns) {
  Broadcast broadcast(1000);
  Listener listener(broadcast, 0, kNothing);
  broadcast.publish(numbered(1, 250));
  EXPECT_EQ(listener.next(0ms).size(), 100u);
  EXPECT_EQ(listener.next(0ms).size(), 100u);
  EXPECT_EQ(ids_of(listener.next(0ms)).back(), "250");
}

TEST(Broadcast, APlaceIsFoundWhileItsEventIsKept) {
  Broadcast broadcast(2);
  broadcast.publish(numbered(1, 3));
  ASSERT_TRUE(broadcast.after("2"));
  Listener listener(broadcast, *broadcast.after("2"), kNothing);
  EXPECT_EQ(ids_of(listener.next(0ms)), Ids{"3"});
  EXPECT_FALSE(broadcast.after("1"));
  EXPECT_FALSE(broadcast.after(""));
}

TEST(Broadcast, ThePastComesFirstAndNothingComesTwice) {
  Broadcast broadcast(10);
  Listener listener(broadcast, 0, kNothing);
  listener.hear_first(numbered(1, 2));
  broadcast.publish(numbered(2, 3));
  EXPECT_EQ(ids_of(listener.next(0ms)), (Ids{"1", "2"}));
  EXPECT_EQ(ids_of(listener.next(0ms)), Ids{"3"});
}

}  // namespace
}  // namespace orchestrator::events
