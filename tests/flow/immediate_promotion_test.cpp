// Urgent and high messages that are promoted in the call that stores them, and those that are left to a pass.
#include "ingest/immediate_promotion.hpp"

#include <gtest/gtest.h>

#include <future>

#include "ingest/decision.hpp"
#include "ingest/ingest.hpp"
#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::World;
using Kind = Admission::Kind;
using Texts = std::vector<std::string>;

class ImmediatePromotions : public ::testing::Test {
 protected:
  ImmediatePromotions() {
    world.promotes_at_once = true;
    world.add_user("ann");
  }

  ScheduleRequest request(const std::string& text, Priority priority = Priority::urgent) {
    return {.user = UserId{"ann"},
            .agent = AgentId{"concierge_1"},
            .parts = {R"({"content": ")" + text + "\"}"},
            .priority = priority,
            .scheduled_for = world.clock.now()};
  }

  Kind post(const std::string& text, Priority priority = Priority::urgent) {
    return world.submit(request(text, priority)).kind;
  }

  // The message is decided on, `others_write` runs, and the message is stored.
  Kind post_while(const std::function<void()>& others_write) {
    const Submission draft = world.draft_of(request("hello"));
    const Instant now = world.clock.now();
    const auto promotions = ingest::decide_promotions(world.queue, {&draft}, now, world.ids, world.rules);
    EXPECT_TRUE(promotions.front().has_value())
        << value("SELECT string_agg(queue::text, ' ') FROM message_queue AS queue");
    others_write();
    return world.queue.submit({&draft}, promotions, {now, now}).front().kind;
  }

  std::string value(const std::string& sql) { return world.sql.value(sql); }

  World world;
};

TEST_F(ImmediatePromotions, LeaveTheSameRowsAsAPass) {
  world.add_user("bob");
  EXPECT_EQ(post("hello"), Kind::promoted);
  world.promotes_at_once = false;
  auto same = request("hello");
  same.user = UserId{"bob"};
  EXPECT_EQ(world.submit(same).kind, Kind::store);
  world.pass();

  const auto rows_of = [&](const std::string& user) {
    return Texts{
        value("SELECT concat_ws('|', status, status_reason, sent_at, delivered_message_id IS NOT NULL, "
              "scheduled_for, created_at, message_data, ready) FROM message_queue WHERE user_id = '" +
              user + "'"),
        value("SELECT concat_ws('|', conversation_id, direction, role, content, messages.status, provider, "
              "attempts, "
              "messages.created_at, purpose, next_attempt_at, queue_id = queue.id, "
              "messages.id = queue.delivered_message_id) "
              "FROM messages JOIN message_queue AS queue USING (shard, user_id) WHERE user_id = '" +
              user + "'"),
        value("SELECT concat_ws('|', date, messages_sent, last_message_at, last_inbound_at, recent_sends, "
              "daily_limit, "
              "hourly_limit, quiet_hours_enabled, next_attempt_at, express, blocked_until, blocked_by, "
              "cardinality(recent_contents)) FROM user_message_budget WHERE user_id = '" +
              user + "'")};
  };
  EXPECT_EQ(rows_of("ann"), rows_of("bob"));
  EXPECT_EQ(
      value("SELECT string_agg(outcome::text || messages, ' ' ORDER BY outcome) FROM "
            "(SELECT outcome, sum(messages) AS messages FROM minute_counts GROUP BY outcome) AS counts"),
      "scheduled2 sent2");
  EXPECT_EQ(value("SELECT string_agg(action_type, ',') FROM agent_actions_log"), "full_pass");
}

TEST_F(ImmediatePromotions, AreOnlyForUrgentAndHighMessages) {
  EXPECT_EQ(post("low", Priority::low), Kind::store);
  EXPECT_EQ(post("medium", Priority::medium), Kind::store);
  EXPECT_EQ(post("high", Priority::high), Kind::promoted);  // the others are behind it
  EXPECT_EQ(world.next_attempt_at("ann"), "2026-11-20T12:00:30.000000Z");
  EXPECT_EQ(post("urgent"), Kind::store);
  world.clock.advance(30s);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"high", "urgent"}));
}

TEST_F(ImmediatePromotions, KeepEveryRule) {
  world.clock.set(at("2026-11-20T22:00:00Z"));
  EXPECT_EQ(post("in quiet hours"), Kind::store);
  world.person_writes("ann");
  EXPECT_EQ(post("behind the other"), Kind::store);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"in quiet hours"});
  world.clock.advance(30s);
  world.sql.run("DELETE FROM message_queue; UPDATE users SET opted_out_at = now()");
  EXPECT_EQ(post("opted out"), Kind::store);
  EXPECT_EQ(world.sent_to("ann").size(), 1U);
}

TEST_F(ImmediatePromotions, CountTowardsTheLimits) {
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(post(std::to_string(i)), i < 5 ? Kind::promoted : Kind::store);
    world.clock.advance(30s);
  }
  world.clock.set(at("2026-11-20T13:00:00Z"));
  world.pass();
  EXPECT_EQ(world.sent_to("ann").size(), 6U);
}

TEST_F(ImmediatePromotions, AreNotForMessagesThatDoNotGoAlone) {
  auto parts = request("1 of 2");
  parts.parts.push_back(R"({"content": "2 of 2"})");
  EXPECT_EQ(world.submit(parts).kind, Kind::store);
  EXPECT_EQ(post("behind a sequence"), Kind::store);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), (Texts{"1 of 2", "2 of 2"}));

  world.sql.run("DELETE FROM message_queue");
  world.clock.advance(1h);
  auto later = request("later");
  later.scheduled_for = world.clock.now() + 1us;
  EXPECT_EQ(world.submit(later).kind, Kind::store);
  auto expired = request("expired");
  expired.expires_at = world.clock.now();
  EXPECT_EQ(world.submit(expired).kind, Kind::store);
  auto empty = request("");
  empty.parts = {R"({"facts": 1})"};
  empty.needs_rendering = true;
  EXPECT_EQ(world.submit(empty).kind, Kind::store);
}

TEST_F(ImmediatePromotions, LeaveMessagesThatSupersedeOthersToAPass) {
  auto replaceable = request("1 : 0", Priority::medium);
  replaceable.supersede_key = "score";
  const MessageId old = world.submitted(replaceable);
  auto newer = request("2 : 0");
  newer.supersede_key = "score";
  EXPECT_EQ(world.submit(newer).kind, Kind::store);
  EXPECT_EQ(world.status(old), "superseded");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"2 : 0"});
  world.clock.advance(1min);
  newer.parts = {R"({"content": "3 : 0"})"};
  EXPECT_EQ(world.submit(newer).kind, Kind::promoted) << "nothing with this key waits";
}

TEST_F(ImmediatePromotions, HoldOnlyForTheUserThatWasRead) {
  EXPECT_EQ(post_while([&] { world.sql.run("UPDATE users SET opted_out_at = now()"); }), Kind::store);
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  world.sql.run("UPDATE users SET opted_out_at = NULL; DELETE FROM message_queue");
  // A message that is due no sooner than what waits changes no other column.
  world.submitted(request("a low one", Priority::low));
  EXPECT_EQ(post_while([&] { world.schedule("ann", "another", Priority::low, world.clock.now() + 1h); }),
            Kind::store);
  world.sql.run("DELETE FROM message_queue WHERE priority = 'urgent'");
  EXPECT_EQ(post_while([&] {
              world.sql.run(
                  "INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for) "
                  "VALUES ('ann', 'a', '{\"content\": \"by SQL\"}', 'low', '2026-11-20T13:00:00Z')");
            }),
            Kind::store);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"hello"});
  world.sql.run("DELETE FROM message_queue WHERE status = 'queued'");
  world.clock.advance(1min);
  EXPECT_EQ(post_while([] {}), Kind::promoted);
}

// While another transaction has locked the user, nothing is stored, as for every other message.
TEST_F(ImmediatePromotions, WaitForNoLock) {
  support::Sql other_client(world.url());
  pqxx::work locking(other_client.connection());
  locking.exec("SELECT FROM user_message_budget FOR UPDATE");
  EXPECT_EQ(post("hello"), Kind::locked);
  locking.commit();
  EXPECT_EQ(post("hello"), Kind::promoted);
}

TEST_F(ImmediatePromotions, ARepeatedCallFindsWhatTheLostOneHasPromoted) {
  const Submission draft = world.draft_of(request("hello"));
  EXPECT_EQ(world.store(draft).kind, Kind::promoted);
  const Instant now = world.clock.now();
  const auto again = world.queue.submit({&draft}, {}, {now, now, 0, true}).front();
  EXPECT_EQ(again.kind, Kind::stored_before);
  EXPECT_EQ(ingest::decision_on(draft, again, now, world.rules).outcome, ScheduleDecision::Outcome::promoted);
  EXPECT_EQ(world.sent_to("ann"), Texts{"hello"});
}

// Of many callers and two instances, each with two writers, one promotes.
TEST_F(ImmediatePromotions, OfManyAtOnceOneIsPromoted) {
  constexpr int kUsers = 20;
  constexpr int kCallersOfEach = 4;
  for (int user = 0; user < kUsers; ++user) world.add_user("user" + std::to_string(user));
  std::array<std::unique_ptr<ingest::Ingest>, 2> instances;
  for (auto& instance : instances) {
    instance = std::make_unique<ingest::Ingest>(world.queue, world.clock, world.ids, IngestConfig{},
                                                world.rules, ingest::Ingest::Hooks{});
  }
  std::vector<std::future<ingest::ScheduleResult>> answers;
  for (int i = 0; i < kUsers * kCallersOfEach; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      auto one = request("hello " + std::to_string(i));
      one.user = UserId{"user" + std::to_string(i % kUsers)};
      one.allow_duplicate = true;
      one.request_hash = one.content_hash = std::string(64, '0');
      return instances[static_cast<std::size_t>(i / kUsers % 2)]->schedule(one);
    }));
  }
  for (auto& answer : answers) EXPECT_TRUE(std::holds_alternative<Scheduled>(answer.get()));
  world.pass();
  EXPECT_EQ(value("SELECT count(*) || '|' || count(DISTINCT user_id) FROM messages"),
            std::to_string(kUsers) + "|" + std::to_string(kUsers));
  EXPECT_EQ(
      value("SELECT count(*) FROM user_message_budget WHERE user_id LIKE 'user%' AND messages_sent = 1"),
      std::to_string(kUsers));
}

}  // namespace
}  // namespace orchestrator
