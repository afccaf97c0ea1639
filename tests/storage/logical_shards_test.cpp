// The program and the database must find the same logical shard, of a user and in an id.
#include "orchestrator/logical_shards.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using support::at;
using support::Sql;
using support::TestDatabase;
using support::World;
using Texts = std::vector<std::string>;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

Texts unusual_ids() {
  Texts ids = {"",
               "\\",
               "\\\\",
               "\\\\\\",
               "\\x41",
               "\\x",
               "\\x4",
               "\\101",
               "\\000",
               "\\n",
               "x\\",
               "\\u0041",
               "'",
               "''",
               "\"",
               "$$",
               "{}",
               "%s",
               " a ",
               "\n",
               "\t",
               "\x01",
               "\x7f",
               "A",
               "ann",
               "Ann",
               "+15550100000",
               "user@example.com",
               "\xc3\xa9",      // é
               "e\xcc\x81",     // é as e and a combining accent
               "\xe2\x80\x8d",  // zero-width joiner
               "\xef\xbb\xbf"   // byte order mark
               "bom",
               "\xf0\x9f\x98\x80",  // an emoji
               "\xf4\x8f\xbf\xbf",  // the last code point
               repeated("a", 255),
               repeated("\\", 255),
               repeated("\xf0\x9f\x98\x80", 255)};
  for (int code = 1; code < 128; ++code) ids.push_back(std::string("\\") + static_cast<char>(code));
  for (int i = 0; i < 1000; ++i) ids.push_back("user_" + std::to_string(i));
  return ids;
}

TEST(LogicalShards, OfAUserAreThoseOfTheDatabase) {
  const TestDatabase database;
  Sql sql(database.url());
  const LogicalShards shards = support::logical_shards();
  EXPECT_EQ(sql.value("SELECT logical_shards()"), std::to_string(shards.count()));
  pqxx::nontransaction session(sql.connection());
  std::set<int> found;
  for (const std::string& id : unusual_ids()) {
    const int shard = session.exec_params1("SELECT orchestrator.shard_of($1)", id)[0].as<int>();
    EXPECT_EQ(shards.of(UserId{id}), shard) << id;
    found.insert(shard);
  }
  EXPECT_EQ(found.size(), static_cast<std::size_t>(shards.count())) << "some shards have no user";
}

TEST(LogicalShards, AreTheFirstByteOfTheHashModuloTheirNumber) {
  const UserId ann{"ann"};  // its SHA-256 begins with 0x49
  EXPECT_EQ(LogicalShards{1}.of(ann), 0);
  EXPECT_EQ(LogicalShards{8}.of(ann), 1);
  EXPECT_EQ(LogicalShards{32}.of(ann), 9);
  EXPECT_EQ(LogicalShards{256}.of(ann), 0x49);
}

TEST(LogicalShards, AreInTheIdsOfBothGenerators) {
  const TestDatabase database;
  Sql sql(database.url());
  EXPECT_EQ(sql.value("SELECT bool_and(shard_in(uuid_v7(shard)) = shard) FROM unnest(shards()) AS shard"),
            "t");
  const LogicalShards shards = support::logical_shards();
  UuidV7Source source(shards);
  for (int i = 0; i < 300; ++i) {
    const UserId user{"user_" + std::to_string(i)};
    const std::string id = source.next(at("2026-11-20T12:00:00Z"), user).value;
    EXPECT_EQ(sql.value("SELECT shard_in('" + id + "')"), std::to_string(shards.of(user))) << id;
  }
}

TEST(LogicalShards, AreInNoOtherId) {
  const TestDatabase database;
  Sql sql(database.url());
  UuidV7Source source(support::logical_shards());
  EXPECT_EQ(sql.value("SELECT count(shard_in(gen_random_uuid())) FROM generate_series(1, 5000)"), "0");
  Texts ids = {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
               "01a1fb02-0000-1000-8001-000000000000", "01a1fb02-0000-6000-8001-000000000000",
               "01a1fb02-0000-8000-8001-000000000000", "01a1fb02-0000-7000-8fff-000000000000",
               "01a1fb02-0000-7000-8100-000000000000", source.next_token(at("2026-11-20T12:00:00Z"))};
  for (const char variant : std::string("01234567c9abdef")) {
    ids.push_back("01a1fb02-0000-7000-" + std::string(1, variant) + "000-000000000000");
  }
  for (const std::string& id : ids) EXPECT_EQ(sql.value("SELECT shard_in('" + id + "')"), "") << id;
}

TEST(LogicalShards, TakeTurnsFromARandomOneOn) {
  const TestDatabase database;
  Sql sql(database.url());
  const int count = support::logical_shards().count();
  EXPECT_EQ(sql.value("SELECT shards() = array_agg(shard::smallint ORDER BY shard) FROM generate_series(0, " +
                      std::to_string(count - 1) + ") AS shard"),
            "t");
  std::set<std::string> starts;
  for (int i = 0; i < 200; ++i) {
    const std::string turns = sql.value("SELECT shards_in_turn()::int[]");
    EXPECT_EQ(sql.value("SELECT bool_and(after = (before + 1) % " + std::to_string(count) +
                        ") IS NOT FALSE AND count(*) = " + std::to_string(count) +
                        " FROM (SELECT shard AS after, " +
                        "lag(shard) OVER (ORDER BY place) AS before FROM unnest('" + turns +
                        "'::int[]) WITH ORDINALITY AS s (shard, place)) AS steps"),
              "t")
        << turns;
    starts.insert(turns.substr(0, turns.find(',')));
  }
  EXPECT_EQ(starts.size() > 1, count > 1);
}

TEST(LogicalShards, AreFilledInForEveryWriter) {
  World world;
  for (const std::string user : {"ann", "a\\x41", "\xf0\x9f\x98\x80"}) {
    pqxx::nontransaction session(world.sql.connection());
    session.exec_params("INSERT INTO users (id) VALUES ($1)", user);
    session.exec_params(
        "INSERT INTO message_queue (user_id, agent_id, message_data) VALUES ($1, 'a', '{\"content\": "
        "\"x\"}')",
        user);
    session.exec_params(
        "INSERT INTO messages (user_id, direction, role, content) VALUES ($1, 'inbound', 'user', 'x')", user);
    session.exec_params("SELECT schedule_message($1, 'a', '{\"content\": \"y\"}')", user);
  }
  for (const std::string table : {"user_message_budget", "message_queue", "messages"}) {
    EXPECT_EQ(world.sql.value("SELECT count(*) > 2 AND bool_and(shard = shard_of(user_id)) FROM " + table),
              "t")
        << table;
  }
  for (const std::string table : {"message_queue", "messages"}) {
    EXPECT_EQ(world.sql.value("SELECT bool_and(shard = shard_in(id)) FROM " + table), "t") << table;
  }
  EXPECT_EQ(world.sql.value("SELECT bool_and(shard = shard_of(id)) FROM users"), "t");
}

// Ids that carry no shard, or another one than their row's.
class ForeignIds : public ::testing::TestWithParam<std::string> {
 protected:
  ForeignIds() {
    world.add_user("ann");
    world.sql.run("INSERT INTO message_queue (id, user_id, agent_id, message_data) VALUES ('" + GetParam() +
                  "', 'ann', 'a', '{\"content\": \"from elsewhere\"}')");
  }
  World world;
  const MessageId id{GetParam()};
};

TEST_P(ForeignIds, AreFound) {
  const auto record = world.messages.find(id);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->user, UserId{"ann"});
  EXPECT_EQ(record->content, "from elsewhere");
}

TEST_P(ForeignIds, AreCancelled) {
  EXPECT_EQ(world.messages.cancel(id, "cancelled_by_request", world.clock.now()).outcome,
            Cancellation::Outcome::cancelled);
  EXPECT_EQ(world.status(id), "cancelled");
}

TEST_P(ForeignIds, ArePromoted) {
  world.sql.run("UPDATE message_queue SET scheduled_for = '2026-01-01'");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"from elsewhere"});
  EXPECT_TRUE(world.messages.find(id)->sent);
}

INSTANTIATE_TEST_SUITE_P(LogicalShards, ForeignIds,
                         ::testing::Values("5f0c2d6e-6a51-4b0e-9a55-0d6cf8f6a001",
                                           "01a1fb02-0000-7000-8000-000000000001",
                                           "01a1fb02-0000-7000-8001-000000000001",
                                           "01a1fb02-0000-7000-8fff-000000000001",
                                           "01a1fb02-0000-7000-b001-000000000001"));

TEST(LogicalShards, OfAMessageThatIsMovedToAnotherUserAreThatUsers) {
  World world;
  for (int i = 0; i < 20; ++i) world.add_user("user_" + std::to_string(i));
  const MessageId message = world.schedule("user_0", "for another");
  for (int i = 1; i < 20; ++i) {
    const std::string user = "user_" + std::to_string(i);
    world.sql.run("UPDATE message_queue SET user_id = '" + user + "'");
    EXPECT_EQ(world.sql.value("SELECT shard = shard_of(user_id) FROM message_queue"), "t");
    ASSERT_TRUE(world.messages.find(message));
    EXPECT_EQ(world.messages.find(message)->user, UserId{user});
  }
  world.pass();
  EXPECT_EQ(world.sent_to("user_19"), Texts{"for another"});
  for (int i = 0; i < 19; ++i) {
    world.sql.run("UPDATE messages SET user_id = 'user_" + std::to_string(i) + "'");
    EXPECT_EQ(world.sql.value("SELECT shard = shard_of(user_id) FROM messages"), "t");
  }
}

}  // namespace
}  // namespace orchestrator::storage
