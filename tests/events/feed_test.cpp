// From committed rows to subscribers.

#include "events/feed.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.hpp"
#include "support/world.hpp"

namespace orchestrator::events {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Texts = std::vector<std::string>;

class FeedTest : public ::testing::Test {
 protected:
  FeedTest() {
    world.add_user("ann");
    feed.emplace(store, world.clock, limits);
  }

  // Inserts a row into the log, with an id of the current time; returns the id.
  std::string log(const std::string& message, const std::string& agent_type = "message_orchestrator",
                  const std::string& action = "promoted") {
    return log_by(world.sql, next_id(), message, agent_type, action);
  }

  std::string next_id() {
    world.clock.advance(1ms);
    return world.ids.next(world.clock.now(), UserId{"ann"}).value;
  }

  static std::string statement(const std::string& id, const std::string& message,
                               const std::string& agent_type, const std::string& action) {
    return "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, input_data) VALUES ('" + id +
           "', '" + agent_type + "', '" + action + "', 'ann', '{\"message_id\": \"" + message + "\"}')";
  }

  static std::string log_by(support::Sql& sql, const std::string& id, const std::string& message,
                            const std::string& agent_type, const std::string& action) {
    sql.run(statement(id, message, agent_type, action));
    return id;
  }

  std::unique_ptr<Subscription> subscribe(const std::string& last_event_id = {}) {
    return feed->subscribe(last_event_id);
  }

  // Waits for the next `count` events; returns "name message" for each that comes in time.
  static Texts received(Subscription& subscription, std::size_t count) {
    Texts texts;
    support::eventually([&] {
      for (const Event& event : subscription.next(20ms)) {
        const json data = json::parse(event.data);
        const json& detail = event.name == "gap" ? data["missed"] : data["messageId"];
        texts.push_back(event.name + " " + (detail.is_string() ? detail.get<std::string>() : detail.dump()));
      }
      return texts.size() >= count;
    });
    return texts;
  }

  support::World world;
  storage::EventStore store{world.database, support::logical_shards()};
  FeedLimits limits{.interval = 5ms, .max_rows = 20, .buffered_events = 50, .max_subscribers = 2};
  std::optional<Feed> feed;
};

TEST_F(FeedTest, PublishesRowsThatAreCommittedAfterTheSubscription) {
  log("before");
  const auto subscription = subscribe();
  const auto other = subscribe();
  log("one");
  log("two");
  EXPECT_EQ(received(*subscription, 2), (Texts{"messagePromoted one", "messagePromoted two"}));
  log("three");
  EXPECT_EQ(received(*subscription, 1), Texts{"messagePromoted three"});
  EXPECT_EQ(received(*other, 3),
            (Texts{"messagePromoted one", "messagePromoted two", "messagePromoted three"}));
}

TEST_F(FeedTest, PublishesQueuedAndInboundMessages) {
  const auto subscription = subscribe();
  const MessageId queued = world.schedule("ann", "Hello");
  EXPECT_EQ(received(*subscription, 1), Texts{"messageScheduled " + queued.value});

  const std::string message = next_id();
  world.sql.run("INSERT INTO messages (id, user_id, direction, role, content, status) VALUES ('" + message +
                "', 'ann', 'inbound', 'user', 'Is this \"me\"?', 'received')");
  log(message, "message_coordinator", "received");
  std::vector<Event> events;
  EXPECT_TRUE(support::eventually([&] { return !(events = subscription->next(20ms)).empty(); }));
  EXPECT_EQ(json::parse(events.at(0).data)["text"], "Is this \"me\"?");
}

TEST_F(FeedTest, PublishesRowsThatAreCommittedLateOnce) {
  const auto subscription = subscribe();
  support::Sql slow(world.url());
  pqxx::work transaction(slow.connection());
  transaction.exec(statement(next_id(), "early", "message_orchestrator", "promoted"));
  log("late");
  EXPECT_EQ(received(*subscription, 1), Texts{"messagePromoted late"});
  transaction.commit();
  log("last");
  Texts rest = received(*subscription, 2);
  std::ranges::sort(rest);
  EXPECT_EQ(rest, (Texts{"messagePromoted early", "messagePromoted last"}));
}

TEST_F(FeedTest, IgnoresRowsOfOtherPrograms) {
  const auto subscription = subscribe();
  log("x", "billing_agent", "promoted");
  world.sql.run(
      "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id) VALUES "
      "('ffffffff-ffff-4fff-8fff-ffffffffffff', 'message_orchestrator', 'promoted', 'ann')");
  log("y");
  EXPECT_EQ(received(*subscription, 1), Texts{"messagePromoted y"});
}

TEST_F(FeedTest, ResumesAfterAnEventOfAnyInstance) {
  const std::string first = log("one");
  const std::string second = log("two", "message_coordinator", "duplicate");
  log("three");
  const auto after_first = subscribe(first);
  const Texts expected = {"messageReceived two", "duplicateDetected two", "messagePromoted three"};
  EXPECT_EQ(received(*after_first, 3), expected);
  const auto in_the_middle = subscribe(second + ".0");
  EXPECT_EQ(received(*in_the_middle, 2), (Texts{"duplicateDetected two", "messagePromoted three"}));
  log("four");
  EXPECT_EQ(received(*after_first, 1), Texts{"messagePromoted four"});
  EXPECT_EQ(received(*in_the_middle, 1), Texts{"messagePromoted four"});
}

TEST_F(FeedTest, ResumesFromTheBuffer) {
  auto subscription = subscribe();
  const auto other = subscribe();
  const std::string first = log("one");
  log("two");
  received(*subscription, 2);
  world.sql.run("DELETE FROM agent_actions_log");
  subscription.reset();
  EXPECT_EQ(received(*subscribe(first), 1), Texts{"messagePromoted two"});
}

TEST_F(FeedTest, ReportsAGapWhenTheEventIsTooOld) {
  const std::string long_ago = log("one");
  log("two");
  world.clock.advance(2h);
  log("three");
  EXPECT_EQ(received(*subscribe(long_ago), 2), (Texts{"gap null", "messagePromoted three"}));

  for (int i = 0; i < 60; ++i) log("n");
  EXPECT_EQ(received(*subscribe(next_id()), 0), Texts{});
  EXPECT_EQ(received(*subscribe(long_ago), 21).at(0), "gap null");
}

TEST_F(FeedTest, ReportsAGapWhenAPollCannotReadAllRows) {
  const auto subscription = subscribe();
  world.sql.run(
      "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, input_data) "
      "SELECT (left('" +
      next_id() +
      "', 24) || lpad(to_hex(i), 12, '0'))::uuid, 'message_orchestrator', "
      "'promoted', 'ann', '{\"message_id\": \"m\"}' FROM generate_series(1, 60) AS i");
  Texts texts = received(*subscription, 21);
  EXPECT_EQ(texts.at(0), "gap null");
  EXPECT_EQ(texts.back(), "messagePromoted m");
}

TEST_F(FeedTest, DoesNotResumeAfterAMalformedId) {
  log("before");
  for (const char* id : {"", "1", "not-a-uuid", "019a0000"}) {
    const auto subscription = subscribe(id);
    log("after");
    EXPECT_EQ(received(*subscription, 1), Texts{"messagePromoted after"}) << id;
  }
}

TEST_F(FeedTest, LimitsTheNumberOfSubscribers) {
  const auto first = subscribe();
  auto second = subscribe();
  EXPECT_EQ(subscribe(), nullptr);
  second.reset();
  EXPECT_NE(subscribe(), nullptr);
}

TEST_F(FeedTest, SkipsEventsWhileThereAreNoSubscribers) {
  subscribe().reset();
  log("before");
  const auto subscription = subscribe();
  log("after");
  const Texts texts = received(*subscription, 1);
  EXPECT_EQ(texts.back(), "messagePromoted after");
}

TEST_F(FeedTest, ContinuesWhenTheDatabaseIsBack) {
  const auto subscription = subscribe();
  world.sql.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  log("one");
  EXPECT_EQ(received(*subscription, 1), Texts{"messagePromoted one"});
}

}  // namespace
}  // namespace orchestrator::events
