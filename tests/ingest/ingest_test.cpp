// Many callers at once: each learns the fate of its own message, and what is acknowledged is stored.
#include "ingest/ingest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "storage/errors.hpp"
#include "support/eventually.hpp"
#include "support/sanitizers.hpp"
#include "support/world.hpp"

namespace orchestrator::ingest {
namespace {

using support::eventually;
using support::World;

// Tells when a request was accepted: that is when its identifier is made.
class CountingClock final : public Clock {
 public:
  explicit CountingClock(const Clock& clock) : clock_(clock) {}
  Instant now() const override {
    ++reads_;
    return clock_.now();
  }
  int reads() const { return reads_; }

 private:
  const Clock& clock_;
  mutable std::atomic<int> reads_ = 0;
};

class Ingestion : public ::testing::Test {
 protected:
  Ingestion() { world.add_user("ann"); }

  ScheduleRequest request(const std::string& message_data = R"({"content": "hello"})",
                          const std::string& user = "ann", Priority priority = Priority::medium) {
    return {.user = UserId{user},
            .agent = AgentId{"a"},
            .parts = {message_data},
            .priority = priority,
            .scheduled_for = world.clock.now(),
            .allow_duplicate = true,
            .request_hash = "00",
            .content_hash = "00"};
  }

  std::future<ScheduleResult> schedule_apart(ScheduleRequest request) {
    return std::async(std::launch::async,
                      [this, request = std::move(request)] { return ingest->schedule(request); });
  }

  static std::string refusal(const ScheduleResult& result) {
    const auto* rejection = std::get_if<Rejection>(&result);
    return rejection ? rejection->code : "";
  }

  std::string stored() { return world.sql.value("SELECT count(*) FROM message_queue"); }

  // Statements that wait for a lock that the test holds.
  std::string blocked_writers() {
    return world.sql.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock'");
  }

  World world;
  CountingClock clock{world.clock};
  std::atomic<int> woken = 0;
  std::unique_ptr<Ingest> ingest =
      std::make_unique<Ingest>(world.queue, clock, IngestConfig{}, [this] { ++woken; });
};

// Keeps both writers busy while more requests come in: those then share a group.
class HeldIngestion : public Ingestion {
 protected:
  HeldIngestion() {
    world.add_user("bob");
    ingest->schedule(request());
    editor.exec("LOCK TABLE user_message_budget IN ACCESS EXCLUSIVE MODE");
    int blocked = 0;
    for (const char* user : {"ann", "bob"}) {  // one person's messages take one writer
      held.push_back(schedule_apart(request(R"({"content": "hello"})", user)));
      EXPECT_TRUE(eventually([&] { return blocked_writers() == std::to_string(blocked + 1); }));
      ++blocked;
    }
  }

  // Returns once the request waits for a writer.
  std::future<ScheduleResult> accept(ScheduleRequest message) {
    const int before = clock.reads();
    auto answer = schedule_apart(std::move(message));
    EXPECT_TRUE(eventually([&] { return clock.reads() > before; }));
    return answer;
  }

  support::Sql outsider{world.url()};
  pqxx::work editor{outsider.connection()};
  std::vector<std::future<ScheduleResult>> held;
};

TEST_F(Ingestion, GroupsWhatManyPostAndStoresAllOfIt) {
  constexpr int kCallers = 64;
  constexpr int kEach = 10;
  std::vector<std::vector<std::string>> ids(kCallers);
  {
    std::vector<std::jthread> callers;
    for (auto& mine : ids) {
      callers.emplace_back([&] {
        for (int i = 0; i < kEach; ++i)
          mine.push_back(std::get<Scheduled>(ingest->schedule(request())).id.value);
      });
    }
  }
  std::vector<std::string> acknowledged;
  for (const auto& mine : ids) {
    EXPECT_TRUE(std::ranges::is_sorted(mine)) << "ids follow a caller's order";
    acknowledged.insert(acknowledged.end(), mine.begin(), mine.end());
  }
  std::ranges::sort(acknowledged);
  EXPECT_EQ(world.sql.column("SELECT id FROM message_queue ORDER BY id"), acknowledged);
  const int commits = std::stoi(world.sql.value("SELECT count(DISTINCT xmin::text) FROM message_queue"));
  EXPECT_LT(commits, kCallers * kEach / 4);
  EXPECT_EQ(woken, 0);
}

// An open transaction of somebody else that scheduled a message for ann, say.
TEST_F(Ingestion, OneHeldPersonHoldsUpNobodyElse) {
  world.add_user("bob");
  support::Sql outsider(world.url());
  pqxx::work editor(outsider.connection());
  editor.exec(R"(SELECT schedule_message('ann', 'a', '{"content": "open"}'))");
  std::vector<std::future<ScheduleResult>> held;
  for (int i = 0; i < 40; ++i) held.push_back(schedule_apart(request()));
  for (int i = 0; i < 40; ++i) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal(ingest->schedule(request(R"({"content": "hello"})", "bob"))), "");
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500} * support::kSlowness);
  }
  for (auto& answer : held) EXPECT_THROW(answer.get(), storage::Locked);
  editor.abort();
  EXPECT_EQ(stored(), "40");
}

// An open transaction of somebody who edits a message that is to be replaced.
TEST_F(Ingestion, OneHeldMessageHoldsUpNobodyElse) {
  world.add_user("bob");
  auto replacing = request();
  replacing.supersede_key = "weather";
  ingest->schedule(replacing);
  support::Sql outsider(world.url());
  pqxx::work editor(outsider.connection());
  editor.exec("UPDATE message_queue SET agent_id = 'b'");
  std::vector<std::future<ScheduleResult>> held;
  for (int i = 0; i < 40; ++i) held.push_back(schedule_apart(replacing));
  for (int i = 0; i < 40; ++i) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal(ingest->schedule(request(R"({"content": "hello"})", "bob"))), "");
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500} * support::kSlowness);
  }
  for (auto& answer : held) EXPECT_THROW(answer.get(), storage::Locked);
  editor.abort();
  EXPECT_EQ(refusal(ingest->schedule(replacing)), "");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue WHERE status = 'superseded'"), "1");
}

// A pass, say.
TEST_F(Ingestion, WhoeverIsHeldForAMomentIsWrittenToAfterIt) {
  support::Sql outsider(world.url());
  pqxx::work editor(outsider.connection());
  editor.exec("SELECT FROM user_message_budget WHERE user_id = 'ann' FOR UPDATE");
  auto answer = schedule_apart(request());
  EXPECT_TRUE(eventually([&] { return clock.reads() > 3; })) << "read for its identifier, then with each try";
  editor.abort();
  EXPECT_EQ(refusal(answer.get()), "");
  EXPECT_EQ(stored(), "1");
}

TEST_F(Ingestion, WakesForWhatIsInAHurry) {
  for (const auto priority : {Priority::low, Priority::medium, Priority::high, Priority::urgent}) {
    ingest->schedule(request(R"({"content": "x"})", "ann", priority));
  }
  ingest.reset();  // the wake follows the answer
  EXPECT_EQ(woken, 2);
}

TEST_F(Ingestion, StoresEveryField) {
  ScheduleRequest complete =
      request(R"({"content": "hello \"ann\"", "n": [1, {"a": null}]})", "ann", Priority::low);
  complete.can_delay = false;
  complete.requires_fresh_context = true;
  complete.conversation_id = "c'1";
  complete.expires_at = world.clock.now() + std::chrono::hours{1};
  complete.idempotency_key = "key\\1";
  complete.supersede_key = "weather";
  const auto scheduled = std::get<Scheduled>(ingest->schedule(complete));
  EXPECT_EQ(scheduled.scheduled_for, complete.scheduled_for);
  EXPECT_EQ(
      world.sql.value("SELECT concat_ws('|', id, user_id, agent_id, conversation_context_id, message_data, "
                      "priority, can_delay, requires_fresh_context, status, idempotency_key, supersede_key, "
                      "expires_at - scheduled_for, created_at = scheduled_for) FROM message_queue"),
      scheduled.id.value + R"(|ann|a|c'1|{"n": [1, {"a": null}], "content": "hello \"ann\""})" +
          R"(|low|f|t|queued|key\1|weather|01:00:00|t)");
}

TEST_F(HeldIngestion, RefusesAPoisonMessageAlone) {
  std::vector<std::future<ScheduleResult>> good;
  std::vector<std::future<ScheduleResult>> poison;
  for (int i = 0; i < 5; ++i) {
    good.push_back(accept(request()));
    poison.push_back(accept(
        request(i % 2 == 0 ? R"({"content": "x", "n": 1e200000})" : R"({"content": "x", "s": "\u0000"})")));
  }
  editor.abort();
  for (auto& answer : poison) EXPECT_EQ(refusal(answer.get()), "unstorable");
  for (auto& answer : good) EXPECT_EQ(refusal(answer.get()), "");
  for (auto& answer : held) EXPECT_EQ(refusal(answer.get()), "");
  EXPECT_EQ(stored(), std::to_string(1 + held.size() + good.size()));
}

TEST_F(HeldIngestion, RefusesAnUnknownUserAmongKnownOnes) {
  auto known = accept(request());
  auto unknown = accept(request(R"({"content": "x"})", "nobody"));
  auto known_too = accept(request());
  editor.abort();
  const auto refused = unknown.get();
  EXPECT_EQ(refusal(refused), "unknown_user");
  EXPECT_NE(std::get<Rejection>(refused).message.find("\"nobody\""), std::string::npos);
  EXPECT_EQ(refusal(known.get()), "");
  EXPECT_EQ(refusal(known_too.get()), "");
  for (auto& answer : held) EXPECT_EQ(refusal(answer.get()), "");
  EXPECT_EQ(stored(), std::to_string(3 + held.size()));
}

TEST_F(HeldIngestion, FinishesWhatItAcceptedBeforeItEnds) {
  held.push_back(accept(request()));
  auto end = std::async(std::launch::async, [this] { ingest.reset(); });
  EXPECT_EQ(end.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  editor.abort();
  end.get();
  for (auto& answer : held) EXPECT_EQ(refusal(answer.get()), "");
  EXPECT_EQ(stored(), "4");
}

TEST_F(Ingestion, SaysThatNothingWasStoredWhenTheDatabaseIsAway) {
  storage::Database nowhere(Secret("host=/nowhere"), 2);
  storage::QueueStore queue(nowhere);
  Ingest cut_off(queue, clock, IngestConfig{}, [] {});
  for (int i = 0; i < 3; ++i) {
    try {
      cut_off.schedule(request());
      FAIL();
    } catch (const storage::OutcomeUnknown&) {
      FAIL() << "it is known: nothing was stored";
    } catch (const storage::Unavailable&) {
    }
  }
}

TEST_F(HeldIngestion, FailsAGroupWhoseConnectionEndsAndServesTheNext) {
  world.sql.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND wait_event_type = 'Lock'");
  for (auto& answer : held) EXPECT_THROW(answer.get(), storage::Unavailable);
  editor.abort();
  EXPECT_EQ(refusal(ingest->schedule(request())), "");
  EXPECT_EQ(stored(), "2");
}

}  // namespace
}  // namespace orchestrator::ingest
