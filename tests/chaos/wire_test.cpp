#include "chaos/wire.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "chaos/failpoints.hpp"
#include "chaos/transaction_kinds.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

std::string number(std::size_t value) {
  const auto four = static_cast<std::uint32_t>(value);
  return {static_cast<char>(four >> 24), static_cast<char>(four >> 16), static_cast<char>(four >> 8),
          static_cast<char>(four)};
}

// The length field counts itself.
std::string length_of(std::size_t body) { return number(body + 4); }

std::string message(char type, const std::string& body) { return type + length_of(body.size()) + body; }

Frame frame(char type, const std::string& body) { return {type, message(type, body)}; }

Frame parse(const std::string& name, const std::string& statement) {
  return frame('P', name + "\0"s + statement + "\0\0\0"s);
}

// Binds the unnamed portal with one text parameter.
Frame bind(const std::string& name, const std::string& parameter) {
  return frame('B', "\0"s + name + "\0\0\0\0\1"s + number(parameter.size()) + parameter + "\0\0"s);
}

void begin(OpenTransaction& transaction) {
  transaction.on_client_frame(frame('Q', "BEGIN; SET LOCAL lock_timeout = '1s'\0"s));
  transaction.on_server_frame(frame('C', "BEGIN\0"s));
  transaction.on_server_frame(frame('C', "SET\0"s));
  transaction.on_server_frame(frame('Z', "T"));
}

bool has_said(const OpenTransaction& transaction, const std::string& what) {
  return transaction.text().find(what) != std::string::npos;
}

TEST(ChaosWire, CutsWhatArrivesInPiecesIntoMessages) {
  const std::string start_up = "\0\3\0\0user\0ann\0\0"s;
  const std::string all = length_of(start_up.size()) + start_up + message('Q', "BEGIN\0"s) + message('S', "");
  FrameReader reader(FrameReader::Side::client);
  std::vector<Frame> frames;
  for (const char byte : all) {
    reader.add({&byte, 1});
    while (auto next = reader.next()) frames.push_back(*next);
  }
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0].type, '\0');
  EXPECT_EQ(frames[0].body(), start_up);
  EXPECT_EQ(frames[1].type, 'Q');
  EXPECT_EQ(frames[1].body(), "BEGIN\0"s);
  EXPECT_EQ(frames[0].bytes + frames[1].bytes + frames[2].bytes, all);
}

TEST(ChaosWire, KnowsWhetherATransactionHasWritten) {
  const auto has_written = [](const std::string& statement, const std::string& tag) {
    OpenTransaction transaction;
    begin(transaction);
    transaction.on_client_frame(parse("", statement));
    transaction.on_client_frame(bind("", "7"));
    transaction.on_server_frame(frame('C', tag + "\0"s));
    return transaction.has_written();
  };
  EXPECT_TRUE(has_written("INSERT INTO t VALUES (1)", "INSERT 0 1"));
  EXPECT_FALSE(has_written("UPDATE t SET a = 1 WHERE false", "UPDATE 0"));
  EXPECT_FALSE(has_written("SELECT FROM t FOR NO KEY UPDATE", "SELECT 3"));
  EXPECT_TRUE(
      has_written("WITH a AS (UPDATE t AS x\n  SET b = 1 RETURNING b) SELECT count(*) FROM a", "SELECT 1"));
  EXPECT_TRUE(has_written("SELECT request FROM orchestrator.submit_messages($1)", "SELECT 1"));
  EXPECT_TRUE(has_written("CREATE TABLE t ()", "CREATE TABLE"));
}

TEST(ChaosWire, ForgetsTheTransactionBefore) {
  OpenTransaction transaction;
  begin(transaction);
  transaction.on_client_frame(parse("", "INSERT INTO t VALUES ($1)"));
  transaction.on_client_frame(bind("", "7"));
  transaction.on_server_frame(frame('C', "INSERT 0 1\0"s));
  EXPECT_TRUE(transaction.is_commit(frame('Q', "COMMIT\0"s)));
  transaction.on_client_frame(frame('Q', "COMMIT\0"s));
  EXPECT_TRUE(has_said(transaction, "INSERT INTO t"));
  begin(transaction);
  EXPECT_FALSE(transaction.has_written());
  EXPECT_FALSE(has_said(transaction, "INSERT INTO t"));
}

TEST(ChaosWire, AStatementOutsideOfATransactionCommitsAtItsEnd) {
  const Frame sync = frame('S', "");
  OpenTransaction transaction;
  begin(transaction);
  transaction.on_client_frame(parse("write", "SELECT request FROM orchestrator.submit_messages($1)"));
  transaction.on_client_frame(parse("read", "SELECT 1"));
  transaction.on_client_frame(bind("write", "first"));
  EXPECT_FALSE(transaction.is_commit(sync));
  transaction.on_server_frame(frame('Z', "I"));  // the transaction has ended

  transaction.on_client_frame(bind("write", "second"));
  EXPECT_TRUE(transaction.is_commit(sync));
  EXPECT_TRUE(transaction.has_written());
  EXPECT_TRUE(has_said(transaction, "second"));
  EXPECT_FALSE(has_said(transaction, "first"));
  transaction.on_server_frame(frame('Z', "I"));

  transaction.on_client_frame(bind("read", "7"));
  EXPECT_FALSE(transaction.is_commit(sync));
}

TEST(ChaosWire, RemembersAStatementThatWasPreparedInAnEarlierTransaction) {
  OpenTransaction transaction;
  begin(transaction);
  transaction.on_client_frame(
      parse("change", "WITH a AS (UPDATE t SET b = $1 RETURNING b) SELECT count(*) FROM a"));
  transaction.on_client_frame(bind("change", "first"));
  transaction.on_server_frame(frame('C', "SELECT 1\0"s));
  EXPECT_TRUE(has_said(transaction, "UPDATE t SET b"));
  EXPECT_TRUE(has_said(transaction, "first"));
  EXPECT_TRUE(transaction.has_written());

  begin(transaction);
  EXPECT_FALSE(has_said(transaction, "UPDATE t SET b"));
  transaction.on_client_frame(bind("change", "second"));
  transaction.on_server_frame(frame('C', "SELECT 1\0"s));
  EXPECT_TRUE(has_said(transaction, "UPDATE t SET b"));
  EXPECT_TRUE(has_said(transaction, "second"));
  EXPECT_FALSE(has_said(transaction, "first"));
  EXPECT_TRUE(transaction.has_written());
}

TEST(ChaosWire, DoesNotTakeAPreparedStatementForOneThatWasUsed) {
  OpenTransaction transaction;
  begin(transaction);
  transaction.on_client_frame(parse("read", "SELECT FROM t WHERE a = $1"));
  transaction.on_client_frame(parse("change", "DELETE FROM t WHERE a = $1 RETURNING a"));
  EXPECT_FALSE(has_said(transaction, "SELECT FROM t"));
  transaction.on_client_frame(bind("read", "7"));
  transaction.on_server_frame(frame('C', "SELECT 1\0"s));
  EXPECT_TRUE(has_said(transaction, "SELECT FROM t"));
  EXPECT_FALSE(has_said(transaction, "DELETE FROM t"));
  EXPECT_FALSE(transaction.has_written());
}

TEST(ChaosWire, UsesTheLatestTextOfAName) {
  OpenTransaction transaction;
  begin(transaction);
  transaction.on_client_frame(parse("s", "SELECT 'old', $1"));
  transaction.on_client_frame(frame('C', "Ss\0"s));
  transaction.on_client_frame(parse("s", "SELECT 'new', $1"));
  transaction.on_client_frame(bind("s", "7"));
  EXPECT_TRUE(has_said(transaction, "'new'"));
  EXPECT_FALSE(has_said(transaction, "'old'"));

  transaction.on_client_frame(parse("", "SELECT 'unnamed', $1"));
  transaction.on_client_frame(bind("", "7"));
  transaction.on_client_frame(parse("", "SELECT 'unnamed, again', $1"));
  transaction.on_client_frame(bind("", "7"));
  EXPECT_TRUE(has_said(transaction, "'unnamed'"));
  EXPECT_TRUE(has_said(transaction, "'unnamed, again'"));
}

TEST(ChaosWire, ForgetsAStatementThatIsClosed) {
  OpenTransaction transaction;
  transaction.on_client_frame(parse("gone", "DELETE FROM t WHERE a = $1"));
  transaction.on_client_frame(parse("kept", "UPDATE t SET a = $1"));
  transaction.on_client_frame(frame('C', "Sgone\0"s));
  transaction.on_client_frame(frame('C', "Pkept\0"s));  // a portal with the statement's name
  begin(transaction);
  transaction.on_client_frame(bind("gone", "7"));
  transaction.on_client_frame(bind("kept", "7"));
  EXPECT_FALSE(has_said(transaction, "DELETE FROM t"));
  EXPECT_TRUE(has_said(transaction, "UPDATE t SET a"));
}

TEST(ChaosFailpoints, StrikeEachKindInEveryWay) {
  Failpoints failpoints(1);
  failpoints.inject_every(1ms);
  for (const TransactionKind& kind : transaction_kinds()) {
    const std::string transaction = "BEGIN\n" + std::string(kind.marks.front()) + "\nCOMMIT";
    const auto is_struck = [&] {
      const auto counts = failpoints.counts();
      const auto& commit_faults = counts[kind_of(transaction).value()];
      return std::ranges::all_of(commit_faults, [](int times) { return times > 0; });
    };
    for (int commits = 0; commits < 1'000'000 && !is_struck(); ++commits)
      failpoints.about_to_commit(transaction);
    EXPECT_TRUE(is_struck()) << kind.name;
  }
  EXPECT_TRUE(failpoints.unknown().empty());
}

TEST(ChaosFailpoints, StrikeWhatIsRareWheneverItComes) {
  Failpoints failpoints(1);
  failpoints.inject_every(1h);
  const auto commit_of = [](std::string_view mark) { return "BEGIN\n" + std::string(mark) + "\nCOMMIT"; };
  for (int commits = 0; commits < 1000; ++commits) {
    EXPECT_FALSE(
        failpoints.about_to_commit(commit_of(transaction_kinds().front().marks.front())).has_value());
  }
  std::set<CommitFault> commit_faults;
  for (int commits = 0; commits < 4; ++commits) {
    const auto fault = failpoints.about_to_commit(commit_of(transaction_kinds().back().marks.front()), true);
    ASSERT_TRUE(fault.has_value()) << "an instance that is ending is not spared";
    commit_faults.insert(*fault);
  }
  EXPECT_EQ(commit_faults.size(), 4U);
  EXPECT_FALSE(failpoints.about_to_commit(commit_of(transaction_kinds().back().marks.front())).has_value());
  EXPECT_EQ(failpoints.incomplete().size(), transaction_kinds().size() - 1);
}

TEST(ChaosFailpoints, RememberTransactionsOfNoKind) {
  Failpoints failpoints(1);
  EXPECT_FALSE(failpoints.about_to_commit("BEGIN\nUPDATE something SET a = 1\nCOMMIT").has_value());
  EXPECT_EQ(failpoints.unknown().size(), 1U);
}

}  // namespace
}  // namespace orchestrator::chaos
