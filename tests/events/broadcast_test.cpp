// Many subscribers, each at its own pace.

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

const auto kIgnore = [] {};

TEST(Broadcast, SubscribersReceiveTheEventsAfterTheirPosition) {
  Broadcast broadcast(10);
  broadcast.publish(numbered(1, 2));
  Subscription early(broadcast, 0, kIgnore);
  Subscription late(broadcast, broadcast.end(), kIgnore);
  broadcast.publish(numbered(3, 3));
  EXPECT_EQ(ids_of(early.next(0ms)), (Ids{"1", "2", "3"}));
  EXPECT_EQ(ids_of(late.next(0ms)), Ids{"3"});
  EXPECT_TRUE(late.next(0ms).empty());
}

TEST(Broadcast, PublishingWakesASubscriber) {
  Broadcast broadcast(10);
  Subscription subscription(broadcast, 0, kIgnore);
  auto received = std::async(std::launch::async, [&] { return ids_of(subscription.next(10s)); });
  broadcast.publish(numbered(1, 1));
  EXPECT_EQ(received.get(), Ids{"1"});
}

TEST(Broadcast, ASlowSubscriberSkipsAheadAndReceivesAGap) {
  Broadcast broadcast(3);
  Subscription slow(broadcast, 0, kIgnore);
  broadcast.publish(numbered(1, 5));
  EXPECT_EQ(ids_of(slow.next(0ms)), (Ids{R"(gap {"missed":2})", "3", "4", "5"}));
  broadcast.publish(numbered(6, 6));
  broadcast.clear();
  EXPECT_EQ(ids_of(slow.next(0ms)), Ids{R"(gap {"missed":1})"});
  broadcast.publish(numbered(7, 7));
  EXPECT_EQ(ids_of(slow.next(0ms)), Ids{"7"});
}

TEST(Broadcast, NextReturnsABoundedNumberOfEvents) {
  Broadcast broadcast(1000);
  Subscription subscription(broadcast, 0, kIgnore);
  broadcast.publish(numbered(1, 250));
  EXPECT_EQ(subscription.next(0ms).size(), 100u);
  EXPECT_EQ(subscription.next(0ms).size(), 100u);
  EXPECT_EQ(ids_of(subscription.next(0ms)).back(), "250");
}

TEST(Broadcast, FindsThePositionOfABufferedEvent) {
  Broadcast broadcast(2);
  broadcast.publish(numbered(1, 3));
  ASSERT_TRUE(broadcast.position_after("2"));
  Subscription subscription(broadcast, *broadcast.position_after("2"), kIgnore);
  EXPECT_EQ(ids_of(subscription.next(0ms)), Ids{"3"});
  EXPECT_FALSE(broadcast.position_after("1"));
  EXPECT_FALSE(broadcast.position_after(""));
}

TEST(Broadcast, ReplayedEventsComeFirstAndOnce) {
  Broadcast broadcast(10);
  Subscription subscription(broadcast, 0, kIgnore);
  subscription.replay(numbered(1, 2));
  broadcast.publish(numbered(2, 3));
  EXPECT_EQ(ids_of(subscription.next(0ms)), (Ids{"1", "2"}));
  EXPECT_EQ(ids_of(subscription.next(0ms)), Ids{"3"});
}

}  // namespace
}  // namespace orchestrator::events
