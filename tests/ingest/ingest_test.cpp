// Concurrent callers: each gets the result of its own message, and every acknowledged message is stored.
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

// Reveals when a request is accepted: its identifier is made with the time of that moment.
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

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() { world.add_user("ann"); }

  ScheduleRequest request(const std::string& message_data = R"({"content": "hello"})",
                          const std::string& user = "ann", Priority priority = Priority::medium) {
    return {.user = UserId{user},
            .agent = AgentId{"a"},
            .parts = {message_data},
            .priority = priority,
            .scheduled_for = world.clock.now(),
            .allow_duplicate = true,
            .request_hash = std::string(64, '0'),
            .content_hash = std::string(64, '0')};
  }

  std::future<ScheduleResult> schedule_async(ScheduleRequest request) {
    return std::async(std::launch::async,
                      [this, request = std::move(request)] { return ingest->schedule(request); });
  }

  static std::string rejection_code(const ScheduleResult& result) {
    const auto* rejection = std::get_if<Rejection>(&result);
    return rejection ? rejection->code : "";
  }

  std::string stored() { return world.sql.value("SELECT count(*) FROM message_queue"); }

  // The number of statements that wait for a lock that the test holds.
  std::string blocked_writers() {
    return world.sql.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock'");
  }

  World world;
  CountingClock clock{world.clock};
  std::atomic<int> woken = 0;
  std::atomic<std::int64_t> promoted = 0;
  std::unique_ptr<Ingest> ingest =
      std::make_unique<Ingest>(world.queue, clock, world.ids, IngestConfig{}, RuleDefaults{},
                               Ingest::Hooks{.express_queued = [this] { ++woken; },
                                             .promoted = [this](auto messages) { promoted += messages; }});
};

// Blocks both writers, so that the requests that follow share a batch.
class BlockedIngestTest : public IngestTest {
 protected:
  BlockedIngestTest() {
    world.add_user("bob");
    ingest->schedule(request());
    locking.exec("LOCK TABLE user_message_budget IN ACCESS EXCLUSIVE MODE");
    int blocked = 0;
    for (const char* user : {"ann", "bob"}) {  // the messages of one user occupy one writer
      blocking.push_back(schedule_async(request(R"({"content": "hello"})", user)));
      EXPECT_TRUE(eventually([&] { return blocked_writers() == std::to_string(blocked + 1); }));
      ++blocked;
    }
  }

  // Returns when the request is in the queue.
  std::future<ScheduleResult> enqueue(ScheduleRequest message) {
    const int before = clock.reads();
    auto result = schedule_async(std::move(message));
    EXPECT_TRUE(eventually([&] { return clock.reads() > before; }));
    return result;
  }

  support::Sql other_client{world.url()};
  pqxx::work locking{other_client.connection()};
  std::vector<std::future<ScheduleResult>> blocking;
};

TEST_F(IngestTest, CommitsConcurrentRequestsTogetherAndStoresAll) {
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
    EXPECT_TRUE(std::ranges::is_sorted(mine)) << "the identifiers are in the caller's order";
    acknowledged.insert(acknowledged.end(), mine.begin(), mine.end());
  }
  std::ranges::sort(acknowledged);
  EXPECT_EQ(world.sql.column("SELECT id FROM message_queue ORDER BY id"), acknowledged);
  const int commits = std::stoi(world.sql.value("SELECT count(DISTINCT xmin::text) FROM message_queue"));
  EXPECT_LT(commits, kCallers * kEach / 4);
  EXPECT_EQ(woken, 0);
}

// Another client has an open transaction that scheduled a message for ann.
TEST_F(IngestTest, ALockedUserDoesNotDelayOthers) {
  world.add_user("bob");
  support::Sql other_client(world.url());
  pqxx::work locking(other_client.connection());
  locking.exec(R"(SELECT schedule_message('ann', 'a', '{"content": "open"}'))");
  std::vector<std::future<ScheduleResult>> blocked;
  for (int i = 0; i < 40; ++i) blocked.push_back(schedule_async(request()));
  for (int i = 0; i < 40; ++i) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(rejection_code(ingest->schedule(request(R"({"content": "hello"})", "bob"))), "");
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500} * support::kSlowness);
  }
  for (auto& answer : blocked) EXPECT_THROW(answer.get(), storage::Locked);
  locking.abort();
  EXPECT_EQ(stored(), "40");
}

// Another client has an open transaction that edits a message to be replaced.
TEST_F(IngestTest, ALockedMessageDoesNotDelayOthers) {
  world.add_user("bob");
  auto replacing = request();
  replacing.supersede_key = "weather";
  ingest->schedule(replacing);
  support::Sql other_client(world.url());
  pqxx::work locking(other_client.connection());
  locking.exec("UPDATE message_queue SET agent_id = 'b'");
  std::vector<std::future<ScheduleResult>> blocked;
  for (int i = 0; i < 40; ++i) blocked.push_back(schedule_async(replacing));
  for (int i = 0; i < 40; ++i) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(rejection_code(ingest->schedule(request(R"({"content": "hello"})", "bob"))), "");
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500} * support::kSlowness);
  }
  for (auto& answer : blocked) EXPECT_THROW(answer.get(), storage::Locked);
  locking.abort();
  EXPECT_EQ(rejection_code(ingest->schedule(replacing)), "");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue WHERE status = 'superseded'"), "1");
}

// As a pass does.
TEST_F(IngestTest, RetriesAUserWhoIsLockedForAMoment) {
  support::Sql other_client(world.url());
  pqxx::work locking(other_client.connection());
  locking.exec("SELECT FROM user_message_budget WHERE user_id = 'ann' FOR UPDATE");
  auto answer = schedule_async(request());
  EXPECT_TRUE(eventually([&] { return clock.reads() > 3; }))
      << "read once for the identifier and once per attempt";
  locking.abort();
  EXPECT_EQ(rejection_code(answer.get()), "");
  EXPECT_EQ(stored(), "1");
}

TEST_F(IngestTest, WakesTheProcessorForUrgentAndHighMessagesThatAreNotPromotedAtOnce) {
  for (const auto priority : {Priority::low, Priority::medium, Priority::high, Priority::urgent}) {
    ingest->schedule(request(R"({"content": "x"})", "ann", priority));
  }
  ingest.reset();          // joins the writer threads
  EXPECT_EQ(promoted, 1);  // the first of them; the cooldown blocks the other
  EXPECT_EQ(woken, 1);
}

// Another program's constraint forbids the text in `messages`, not in the queue.
TEST_F(IngestTest, AnUrgentMessageThatCannotBePromotedIsQueued) {
  world.sql.run("ALTER TABLE messages ADD CHECK (content <> 'forbidden')");
  EXPECT_EQ(rejection_code(ingest->schedule(request(R"({"content": "forbidden"})", "ann", Priority::urgent))),
            "");
  ingest.reset();
  EXPECT_EQ(stored(), "1");
  EXPECT_EQ(promoted, 0);
  EXPECT_EQ(woken, 1);
}

TEST_F(IngestTest, StoresEveryField) {
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

TEST_F(BlockedIngestTest, RejectsAnUnstorableMessageAlone) {
  std::vector<std::future<ScheduleResult>> good;
  std::vector<std::future<ScheduleResult>> unstorable;
  for (int i = 0; i < 5; ++i) {
    good.push_back(enqueue(request()));
    unstorable.push_back(enqueue(
        request(i % 2 == 0 ? R"({"content": "x", "n": 1e200000})" : R"({"content": "x", "s": "\u0000"})")));
  }
  locking.abort();
  for (auto& answer : unstorable) EXPECT_EQ(rejection_code(answer.get()), "unstorable");
  for (auto& answer : good) EXPECT_EQ(rejection_code(answer.get()), "");
  for (auto& answer : blocking) EXPECT_EQ(rejection_code(answer.get()), "");
  EXPECT_EQ(stored(), std::to_string(1 + blocking.size() + good.size()));
}

TEST_F(BlockedIngestTest, RejectsAnUnknownUserAmongKnownOnes) {
  auto known = enqueue(request());
  auto unknown = enqueue(request(R"({"content": "x"})", "unknown"));
  auto known_too = enqueue(request());
  locking.abort();
  const auto rejected = unknown.get();
  EXPECT_EQ(rejection_code(rejected), "unknown_user");
  EXPECT_NE(std::get<Rejection>(rejected).message.find("\"unknown\""), std::string::npos);
  EXPECT_EQ(rejection_code(known.get()), "");
  EXPECT_EQ(rejection_code(known_too.get()), "");
  for (auto& answer : blocking) EXPECT_EQ(rejection_code(answer.get()), "");
  EXPECT_EQ(stored(), std::to_string(3 + blocking.size()));
}

TEST_F(BlockedIngestTest, FinishesAcceptedRequestsBeforeItIsDestroyed) {
  blocking.push_back(enqueue(request()));
  auto end = std::async(std::launch::async, [this] { ingest.reset(); });
  EXPECT_EQ(end.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  locking.abort();
  end.get();
  for (auto& answer : blocking) EXPECT_EQ(rejection_code(answer.get()), "");
  EXPECT_EQ(stored(), "4");
}

TEST_F(IngestTest, ReportsThatNothingWasStoredWhenTheDatabaseIsUnavailable) {
  storage::Database nowhere(Secret("host=/nowhere"), 2);
  storage::QueueStore queue(nowhere);
  Ingest cut_off(queue, clock, world.ids, IngestConfig{}, RuleDefaults{}, {});
  for (int i = 0; i < 3; ++i) {
    try {
      cut_off.schedule(request());
      FAIL();
    } catch (const storage::OutcomeUnknown&) {
      FAIL() << "the outcome is known: nothing was stored";
    } catch (const storage::Unavailable&) {
    }
  }
}

TEST_F(BlockedIngestTest, FailsABatchWhoseConnectionEndsAndServesTheNext) {
  world.sql.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND wait_event_type = 'Lock'");
  for (auto& answer : blocking) EXPECT_THROW(answer.get(), storage::Unavailable);
  locking.abort();
  EXPECT_EQ(rejection_code(ingest->schedule(request())), "");
  EXPECT_EQ(stored(), "2");
}

TEST_F(IngestTest, ManyGetTheirResultsInOrderAndAWindowAtATime) {
  constexpr std::size_t kItems = 2'400;
  for (const std::size_t bytes : {20, 100'000}) {
    const std::size_t items = bytes > 20 ? 60 : kItems;
    std::size_t given = 0;
    std::size_t most_ahead = 0;
    std::vector<ScheduleResult> results;
    ingest->schedule_all(
        [&]() -> std::optional<Result<ScheduleRequest>> {
          most_ahead = std::max(most_ahead, given - results.size());
          if (given == items) return std::nullopt;
          const std::size_t item = given++;
          if (item % 3 == 1) return Rejection{400, "invalid " + std::to_string(item), "refused"};
          const char* user = item % 3 == 0 ? "ann" : "unknown";
          return request(R"({"content": ")" + std::string(bytes, 'x') + R"("})", user);
        },
        [&](const ScheduleResult& result) { results.push_back(result); });
    ASSERT_EQ(results.size(), items);
    for (std::size_t item = 0; item < items; ++item) {
      const std::string expected = item % 3 == 1 ? "invalid " + std::to_string(item) : "unknown_user";
      EXPECT_EQ(rejection_code(results[item]), item % 3 == 0 ? "" : expected) << item;
    }
    EXPECT_LE(most_ahead, bytes > 20 ? 40u : 1'001u);
  }
}

}  // namespace
}  // namespace orchestrator::ingest
