// From rows that anybody commits to those who listen.

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

class Feeds : public ::testing::Test {
 protected:
  Feeds() {
    world.add_user("ann");
    feed.emplace(store, world.clock, limits);
  }

  // A row of the log, as of now; its id.
  std::string log(const std::string& message, const std::string& agent_type = "message_orchestrator",
                  const std::string& action = "promoted") {
    return log_by(world.sql, next_id(), message, agent_type, action);
  }

  std::string next_id() {
    world.clock.advance(1ms);
    return world.ids.next(world.clock.now()).value;
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

  std::unique_ptr<Listener> listen(const std::string& last_event_id = {}) {
    return feed->listen(last_event_id);
  }

  // "name message" of the next `count` events, or of as many as come.
  static Texts heard(Listener& listener, std::size_t count) {
    Texts texts;
    support::eventually([&] {
      for (const Event& event : listener.next(20ms)) {
        const json data = json::parse(event.data);
        const json& what = event.name == "gap" ? data["missed"] : data["messageId"];
        texts.push_back(event.name + " " + (what.is_string() ? what.get<std::string>() : what.dump()));
      }
      return texts.size() >= count;
    });
    return texts;
  }

  support::World world;
  storage::EventStore store{world.database};
  FeedLimits limits{.interval = 5ms, .rows = 20, .kept = 50, .listeners = 2};
  std::optional<Feed> feed;
};

TEST_F(Feeds, TellWhatIsCommittedFromNowOn) {
  log("before");
  const auto listener = listen();
  const auto other = listen();
  log("one");
  log("two");
  EXPECT_EQ(heard(*listener, 2), (Texts{"messagePromoted one", "messagePromoted two"}));
  log("three");
  EXPECT_EQ(heard(*listener, 1), Texts{"messagePromoted three"});
  EXPECT_EQ(heard(*other, 3), (Texts{"messagePromoted one", "messagePromoted two", "messagePromoted three"}));
}

TEST_F(Feeds, TellOfMessagesInTheQueueAndOfWhatPeopleSay) {
  const auto listener = listen();
  const MessageId queued = world.schedule("ann", "Hello");
  EXPECT_EQ(heard(*listener, 1), Texts{"messageScheduled " + queued.value});

  const std::string said = next_id();
  world.sql.run("INSERT INTO messages (id, user_id, direction, role, content, status) VALUES ('" + said +
                "', 'ann', 'inbound', 'user', 'Is this \"me\"?', 'received')");
  log(said, "message_coordinator", "received");
  std::vector<Event> events;
  EXPECT_TRUE(support::eventually([&] { return !(events = listener->next(20ms)).empty(); }));
  EXPECT_EQ(json::parse(events.at(0).data)["text"], "Is this \"me\"?");
}

TEST_F(Feeds, TellOfRowsThatAreCommittedLateOnce) {
  const auto listener = listen();
  support::Sql slow(world.url());
  pqxx::work transaction(slow.connection());
  transaction.exec(statement(next_id(), "early", "message_orchestrator", "promoted"));
  log("late");
  EXPECT_EQ(heard(*listener, 1), Texts{"messagePromoted late"});
  transaction.commit();
  log("last");
  Texts rest = heard(*listener, 2);
  std::ranges::sort(rest);
  EXPECT_EQ(rest, (Texts{"messagePromoted early", "messagePromoted last"}));
}

TEST_F(Feeds, RowsOfAgentsAndStrangersTellNothing) {
  const auto listener = listen();
  log("x", "billing_agent", "promoted");
  world.sql.run(
      "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id) VALUES "
      "('ffffffff-ffff-4fff-8fff-ffffffffffff', 'message_orchestrator', 'promoted', 'ann')");
  log("y");
  EXPECT_EQ(heard(*listener, 1), Texts{"messagePromoted y"});
}

TEST_F(Feeds, ResumeAfterAnEventOnAnyInstance) {
  const std::string first = log("one");
  const std::string second = log("two", "message_coordinator", "duplicate");
  log("three");
  const auto after_first = listen(first);
  const Texts expected = {"messageReceived two", "duplicateDetected two", "messagePromoted three"};
  EXPECT_EQ(heard(*after_first, 3), expected);
  const auto in_the_middle = listen(second + ".0");
  EXPECT_EQ(heard(*in_the_middle, 2), (Texts{"duplicateDetected two", "messagePromoted three"}));
  log("four");
  EXPECT_EQ(heard(*after_first, 1), Texts{"messagePromoted four"});
  EXPECT_EQ(heard(*in_the_middle, 1), Texts{"messagePromoted four"});
}

TEST_F(Feeds, ResumeFromWhatIsKept) {
  auto listener = listen();
  const auto other = listen();
  const std::string first = log("one");
  log("two");
  heard(*listener, 2);
  world.sql.run("DELETE FROM agent_actions_log");
  listener.reset();
  EXPECT_EQ(heard(*listen(first), 1), Texts{"messagePromoted two"});
}

TEST_F(Feeds, SayWhenTooMuchWasMissed) {
  const std::string long_ago = log("one");
  log("two");
  world.clock.advance(2h);
  log("three");
  EXPECT_EQ(heard(*listen(long_ago), 2), (Texts{"gap null", "messagePromoted three"}));

  for (int i = 0; i < 60; ++i) log("n");
  EXPECT_EQ(heard(*listen(next_id()), 0), Texts{});
  EXPECT_EQ(heard(*listen(long_ago), 21).at(0), "gap null");
}

TEST_F(Feeds, SayWhenMoreHappenedThanALookReads) {
  const auto listener = listen();
  world.sql.run(
      "INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, input_data) "
      "SELECT (left('" +
      next_id() +
      "', 24) || lpad(to_hex(i), 12, '0'))::uuid, 'message_orchestrator', "
      "'promoted', 'ann', '{\"message_id\": \"m\"}' FROM generate_series(1, 60) AS i");
  Texts texts = heard(*listener, 21);
  EXPECT_EQ(texts.at(0), "gap null");
  EXPECT_EQ(texts.back(), "messagePromoted m");
}

TEST_F(Feeds, WhatIsNoIdOfOursIsNotResumedAfter) {
  log("before");
  for (const char* id : {"", "1", "not-a-uuid", "019a0000"}) {
    const auto listener = listen(id);
    log("after");
    EXPECT_EQ(heard(*listener, 1), Texts{"messagePromoted after"}) << id;
  }
}

TEST_F(Feeds, HaveALimitedNumberOfListeners) {
  const auto first = listen();
  auto second = listen();
  EXPECT_EQ(listen(), nullptr);
  second.reset();
  EXPECT_NE(listen(), nullptr);
}

TEST_F(Feeds, ForgetWhenNobodyListens) {
  listen().reset();
  log("unheard");
  const auto listener = listen();
  log("heard");
  const Texts texts = heard(*listener, 1);
  EXPECT_EQ(texts.back(), "messagePromoted heard");
}

TEST_F(Feeds, GoOnWhenTheDatabaseIsBack) {
  const auto listener = listen();
  world.sql.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  log("one");
  EXPECT_EQ(heard(*listener, 1), Texts{"messagePromoted one"});
}

}  // namespace
}  // namespace orchestrator::events
