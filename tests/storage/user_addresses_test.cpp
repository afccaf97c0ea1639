// Addresses of users: kept true for every writer, and how inbound messages find their user.
#include <gtest/gtest.h>

#include <future>

#include "support/inbound_world.hpp"

namespace orchestrator::storage {
namespace {

using support::InboundWorld;
using support::incoming;
using Texts = std::vector<std::string>;

constexpr const char* kAddresses = "SELECT address || ' ' || user_id FROM user_addresses ORDER BY address";

class UserAddresses : public ::testing::Test {
 protected:
  std::string put(const std::string& id, const std::optional<std::string>& number) {
    const auto result =
        world.users.put({.id = UserId{id}, .phone_number = number, .timezone = "Europe/London"});
    if (const auto* rejection = std::get_if<Rejection>(&result)) return rejection->code;
    return std::get<PutOutcome>(result) == PutOutcome::created ? "created" : "replaced";
  }

  Texts addresses() { return world.sql.column(kAddresses); }
  std::string user_of(const std::string& contact) { return world.says(contact, "Hello").user.value; }

  InboundWorld world;
};

TEST_F(UserAddresses, FollowTheNumberOfAPutUser) {
  EXPECT_EQ(put("ann", "+15550100001"), "created");
  EXPECT_EQ(put("bob", "+15550100002"), "created");
  EXPECT_EQ(addresses(), (Texts{"+15550100001 ann", "+15550100002 bob"}));
  EXPECT_EQ(put("ann", "+15550100003"), "replaced");
  EXPECT_EQ(put("ann", "+15550100003"), "replaced");
  EXPECT_EQ(addresses(), (Texts{"+15550100002 bob", "+15550100003 ann"}));
  EXPECT_EQ(put("ann", "+15550100002"), "phone_number_taken");
  EXPECT_EQ(put("cem", "+15550100002"), "phone_number_taken");
  EXPECT_EQ(world.sql.column("SELECT id || ' ' || phone_number FROM users ORDER BY id"),
            (Texts{"ann +15550100003", "bob +15550100002"}));
  EXPECT_EQ(addresses(), (Texts{"+15550100002 bob", "+15550100003 ann"}))
      << "a refused number changes nothing";
  EXPECT_EQ(put("bob", std::nullopt), "replaced");
  EXPECT_EQ(put("ann", "+15550100002"), "replaced") << "a released number is free";
  EXPECT_EQ(addresses(), Texts{"+15550100002 ann"});
}

TEST_F(UserAddresses, FollowRowsThatAreWrittenBySql) {
  world.sql.run(
      "INSERT INTO users (id, phone_number) SELECT 'user_' || i, '+1555010000' || i "
      "FROM generate_series(1, 3) AS i; INSERT INTO users (id) VALUES ('user_4')");
  EXPECT_EQ(addresses(), (Texts{"+15550100001 user_1", "+15550100002 user_2", "+15550100003 user_3"}));
  world.sql.run("UPDATE users SET phone_number = '+15550100004' WHERE id IN ('user_1')");
  world.sql.run("UPDATE users SET phone_number = NULL WHERE id = 'user_2'");
  world.sql.run("UPDATE users SET timezone = 'Europe/London'");
  EXPECT_EQ(addresses(), (Texts{"+15550100003 user_3", "+15550100004 user_1"}));
  EXPECT_THROW(world.sql.run("UPDATE users SET phone_number = '+15550100003' WHERE id = 'user_1'"),
               pqxx::unique_violation);
  EXPECT_THROW(world.sql.run("INSERT INTO users (id, phone_number) VALUES ('user_5', '+15550100003')"),
               pqxx::unique_violation);
  EXPECT_THROW(world.sql.run("INSERT INTO users (id, phone_number) VALUES ('a', '+15550100009'), "
                             "('b', '+15550100009')"),
               pqxx::unique_violation);
  world.sql.run("DELETE FROM users WHERE id IN ('user_1', 'user_2')");
  EXPECT_EQ(addresses(), Texts{"+15550100003 user_3"});
  EXPECT_EQ(world.sql.value("SELECT bool_and(shard = shard_of(address)) FROM user_addresses"), "t");
}

TEST_F(UserAddresses, OfANewContactAreStored) {
  EXPECT_EQ(user_of("+15550100001"), "+15550100001");
  EXPECT_EQ(user_of("gateway-7"), "gateway-7");
  EXPECT_EQ(addresses(), (Texts{"+15550100001 +15550100001", "gateway-7 gateway-7"}));
  EXPECT_EQ(world.sql.column("SELECT coalesce(phone_number, 'none') FROM users ORDER BY id"),
            (Texts{"+15550100001", "none"}));
}

TEST_F(UserAddresses, APersonHasSeveral) {
  put("maria", "+15550100001");
  world.sql.run(
      "INSERT INTO user_addresses (address, user_id) VALUES ('wa-1', 'maria'), ('maria@example.com', "
      "'maria')");
  for (const std::string address : {"+15550100001", "wa-1", "maria@example.com", "maria"})
    EXPECT_EQ(user_of(address), "maria") << address;
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM users"), "1");
  put("maria", "+15550100002");
  EXPECT_EQ(user_of("wa-1"), "maria") << "another number releases only the number";
  EXPECT_EQ(user_of("+15550100001"), "+15550100001") << "a released number is a person of its own";
  EXPECT_THROW(world.sql.run("INSERT INTO user_addresses (address, user_id) VALUES ('wa-1', 'bob')"),
               pqxx::unique_violation);
  EXPECT_EQ(world.contacts.find("wa-1").value().user, UserId{"maria"});
}

TEST_F(UserAddresses, AnIdPrecedesAnAddress) {
  put("maria", "+15550100001");
  put("+15550100001", std::nullopt);
  EXPECT_EQ(user_of("+15550100001"), "+15550100001");
}

TEST_F(UserAddresses, OfADeletedUserAreFree) {
  put("maria", "+15550100001");
  world.sql.run("DELETE FROM users");
  EXPECT_EQ(addresses(), Texts{});
  EXPECT_EQ(user_of("+15550100001"), "+15550100001");
  world.sql.run("INSERT INTO user_addresses (address, user_id) VALUES ('wa-1', 'never existed')");
  EXPECT_EQ(user_of("wa-1"), "wa-1") << "an address that has lost its user does not stay unusable";
}

// Every round begins with an unknown number; both instances receive its first messages at the same moment.
TEST_F(UserAddresses, TwoInstancesCreateOneUser) {
  Database other{Secret{world.url()}, 8};
  InboundStore second{other, world.inbound_rules, world.ids};
  constexpr int kRounds = 20;
  constexpr int kThreads = 6;
  for (int round = 0; round < kRounds; ++round) {
    const std::string number = "+155501001" + std::to_string(10 + round);
    std::vector<std::future<Receipt>> receipts;
    for (int i = 0; i < kThreads; ++i) {
      receipts.push_back(std::async(std::launch::async, [&, i] {
        InboundStore& store = i % 2 == 0 ? world.inbound : second;
        return store.receive({{{}, incoming(number, "text " + std::to_string(i))}}, world.clock.now()).at(0);
      }));
    }
    for (auto& receipt : receipts) EXPECT_EQ(receipt.get().user.value, number);
  }
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM users"), std::to_string(kRounds));
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM user_addresses"), std::to_string(kRounds));
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages"), std::to_string(kRounds * kThreads));
}

TEST_F(UserAddresses, OfANewContactAndAPutUserAreOnePersons) {
  int refused = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string number = "+155501001" + std::to_string(10 + round);
    const std::string id = "user_" + std::to_string(round);
    auto receipt = std::async(std::launch::async, [&] { return world.says(number, "Hello"); });
    const std::string outcome = put(id, number);
    refused += outcome == "phone_number_taken" ? 1 : 0;
    EXPECT_EQ(receipt.get().user.value, outcome == "created" ? id : number);
    EXPECT_EQ(world.sql.value("SELECT count(*) FROM users WHERE phone_number = '" + number + "'"), "1");
  }
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM users"), "20");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM users WHERE id LIKE '+%'"), std::to_string(refused));
}

}  // namespace
}  // namespace orchestrator::storage
