// The connection pool, and which errors database failures become.
#include "storage/database.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "storage/transaction.hpp"
#include "support/database.hpp"
#include "support/eventually.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

using namespace std::chrono_literals;
using support::Sql;

class PooledDatabase : public ::testing::Test {
 protected:
  static constexpr std::size_t kMostConnections = 3;

  int answer() {
    return in_transaction(
        database, [](Transaction& transaction) { return transaction.exec1("SELECT 42")[0].as<int>(); });
  }

  // Terminates all connections of the pool; returns their number.
  std::string end_connections() {
    return outsider.value(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE application_name = 'message-orchestrator' AND datname = current_database()");
  }

  void run(const std::string& statement) {
    in_transaction(database, [&](Transaction& transaction) { transaction.exec(statement); });
  }

  support::TestDatabase test_database;
  Sql outsider{test_database.url()};
  Database database{Secret(test_database.url()), kMostConnections, 20ms};
};

TEST_F(PooledDatabase, ReplacesAnIdleConnectionThatTheServerClosed) {
  answer();
  ASSERT_EQ(end_connections(), "1");
  EXPECT_EQ(answer(), 42);
  ASSERT_EQ(end_connections(), "1");
  EXPECT_TRUE(database.is_ready());
}

TEST_F(PooledDatabase, ThrowsUnavailableWhenTheConnectionEndsMidTransaction) {
  bool went_on = false;
  EXPECT_THROW(in_transaction(database,
                              [&](Transaction& transaction) {
                                transaction.exec("CREATE TABLE orchestrator.half_done ()");
                                end_connections();
                                transaction.exec("SELECT 1");
                                went_on = true;
                              }),
               Unavailable);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(answer(), 42);
  EXPECT_EQ(outsider.value("SELECT to_regclass('half_done') IS NULL"), "t");
}

TEST_F(PooledDatabase, ThrowsOutcomeUnknownWhenACommitIsInterrupted) {
  EXPECT_THROW(in_transaction(database,
                              [&](Transaction& transaction) {
                                transaction.exec("CREATE TABLE orchestrator.in_doubt ()");
                                end_connections();
                              }),
               Unavailable);
  EXPECT_EQ(answer(), 42);
}

TEST_F(PooledDatabase, RollsBackWhenTheWorkThrows) {
  EXPECT_THROW(in_transaction(database,
                              [&](Transaction& transaction) {
                                transaction.exec("CREATE TABLE orchestrator.half_done ()");
                                throw std::logic_error("changed my mind");
                              }),
               std::logic_error);
  EXPECT_EQ(outsider.value("SELECT to_regclass('half_done') IS NULL"), "t");
  EXPECT_EQ(answer(), 42);
}

TEST_F(PooledDatabase, DiscardsPlansAfterSomeSeconds) {
  // The row estimate of the session's cached plan.
  const auto expectation = [&] {
    return in_transaction(database, [](Transaction& transaction) {
      transaction.run("SELECT n FROM orchestrator.growing WHERE n = $1", 1);
      const auto name = transaction.exec1(
          "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%orchestrator.growing%'");
      return transaction.exec("EXPLAIN EXECUTE " + name[0].as<std::string>() + "(1)")[0][0].as<std::string>();
    });
  };
  run("CREATE TABLE orchestrator.growing AS SELECT 1 AS n");
  const std::string of_few = expectation();
  run("INSERT INTO orchestrator.growing SELECT 1 FROM generate_series(1, 100000)");
  EXPECT_EQ(expectation(), of_few);
  EXPECT_TRUE(support::eventually([&] { return expectation() != of_few; }));
}

TEST_F(PooledDatabase, StopsCachingPlansWhenAPoolerSharesItsSessions) {
  const auto ask = [&] {
    return in_transaction(database, [](Transaction& transaction) {
      const int answer = transaction.run1("SELECT $1::integer", 42)[0].as<int>();
      transaction.exec("DEALLOCATE ALL");
      return answer;
    });
  };
  EXPECT_EQ(ask(), 42);
  EXPECT_THROW(ask(), Unavailable);
  EXPECT_EQ(ask(), 42);
  EXPECT_EQ(ask(), 42);
}

TEST_F(PooledDatabase, OpensAtMostMaxConnections) {
  std::vector<std::jthread> threads;
  std::atomic<std::int64_t> most = 0;
  Database patient(Secret(test_database.url()), kMostConnections, 10s);
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const auto open = in_transaction(patient, [](Transaction& transaction) {
          return transaction
              .exec1(
                  "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'message-orchestrator' "
                  "AND datname = current_database()")[0]
              .as<std::int64_t>();
        });
        for (auto seen = most.load(); seen < open && !most.compare_exchange_weak(seen, open);) {
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(most, static_cast<std::int64_t>(kMostConnections));
}

TEST_F(PooledDatabase, ThrowsWhenAllConnectionsAreInUse) {
  std::vector<std::unique_ptr<ConnectionLoan>> loans;
  for (std::size_t i = 0; i < kMostConnections; ++i)
    loans.push_back(std::make_unique<ConnectionLoan>(database));
  EXPECT_THROW(answer(), Unavailable);
  loans.pop_back();
  EXPECT_EQ(answer(), 42);
}

TEST_F(PooledDatabase, DoesNotCountConnectionsThatFailedToOpen) {
  Database nowhere(Secret("host=/nowhere"), 1, 20ms);
  for (int i = 0; i < 3; ++i) {
    try {
      nowhere.measure_time();
      FAIL();
    } catch (const Unavailable& failure) {
      EXPECT_EQ(std::string(failure.what()).find("in use"), std::string::npos) << failure.what();
    }
  }
  EXPECT_FALSE(nowhere.is_ready());
}

TEST_F(PooledDatabase, DistinguishesBadDataFromFailedStatements) {
  for (const std::string statement :
       {"SELECT '2026-02-30'::date", "SELECT '{\"n\": 1e200000}'::jsonb", "SELECT '\"\\u0000\"'::jsonb",
        "SELECT 1 / 0",
        "INSERT INTO orchestrator.message_queue (user_id, agent_id, message_data) VALUES ('x', 'a', '{}')",
        "INSERT INTO orchestrator.users (id, daily_limit) VALUES ('x', -1)"}) {
    EXPECT_THROW(run(statement), BadData) << statement;
  }
  EXPECT_THROW(run("SELECT FROM no_such_table"), StatementFailed);
  EXPECT_THROW(run("SELEKT"), StatementFailed);
  run("INSERT INTO orchestrator.users (id) VALUES ('ann')");
  try {
    run("INSERT INTO orchestrator.users (id) VALUES ('ann')");
    FAIL();
  } catch (const BadData& failure) {
    EXPECT_TRUE(failure.is_unique_violation());
  }
}

TEST_F(PooledDatabase, MapsTransientErrorsToUnavailable) {
  EXPECT_THROW(run("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)"), Unavailable);
  EXPECT_THROW(run("SET TRANSACTION READ ONLY; CREATE TABLE orchestrator.t ()"), Unavailable);
  EXPECT_THROW(run("DO $$BEGIN RAISE SQLSTATE '40P01'; END$$"), Unavailable);
  EXPECT_THROW(run("DO $$BEGIN RAISE SQLSTATE '40001'; END$$"), Unavailable);
  EXPECT_THROW(run("DO $$BEGIN RAISE SQLSTATE '53100'; END$$"), Unavailable);
  EXPECT_THROW(run("DO $$BEGIN RAISE SQLSTATE '25P03'; END$$"), Unavailable);
  EXPECT_EQ(answer(), 42);
}

TEST_F(PooledDatabase, MapsATransactionEndedByTheServerToUnavailable) {
  EXPECT_THROW(in_transaction(database, "SET LOCAL idle_in_transaction_session_timeout = '1ms'",
                              [&](Transaction& transaction) {
                                EXPECT_TRUE(support::eventually([&] {
                                  return outsider.value(
                                             "SELECT count(*) FROM pg_stat_activity "
                                             "WHERE application_name = 'message-orchestrator' "
                                             "AND datname = current_database()") == "0";
                                }));
                                transaction.exec("SELECT 1");
                              }),
               Unavailable);
  EXPECT_EQ(answer(), 42);
}

TEST_F(PooledDatabase, MeasuresTheDatabasesTime) {
  const auto time = database.measure_time();
  const Instant now{Duration{std::stoll(outsider.value("SELECT micros(clock_timestamp())"))}};
  EXPECT_LE(time.database_now, now);
  EXPECT_GT(time.database_now, now - 1min);
  EXPECT_LT(time.asked, time.answered);
}

TEST(Conninfo, AddsTheProgramsOptions) {
  const std::string text =
      complete_conninfo(Secret("postgresql://ann:it's@db.example/orders?connect_timeout=9"));
  EXPECT_NE(text.find("password='it\\'s'"), std::string::npos) << text;
  EXPECT_NE(text.find("connect_timeout='9'"), std::string::npos) << text;
  EXPECT_NE(text.find("target_session_attrs='read-write'"), std::string::npos) << text;
}

TEST(Conninfo, DoesNotQuoteTheSecretWhenItCannotBeParsed) {
  try {
    complete_conninfo(Secret("postgresql://ann:geheim@[db"));
    FAIL();
  } catch (const std::invalid_argument& refusal) {
    EXPECT_EQ(std::string(refusal.what()).find("geheim"), std::string::npos);
  }
}

}  // namespace
}  // namespace orchestrator::storage
