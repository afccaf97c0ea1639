// Ids order the messages of one instant, so they must ascend: the database's and the program's.
#include "orchestrator/uuid_v7.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <thread>
#include <vector>

#include "support/database.hpp"
#include "support/sql.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using support::at;
using support::Sql;
using support::TestDatabase;

const UserId kAnn{"ann"};
const std::regex kVersion7("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

std::string milliseconds_of(const std::string& id) { return id.substr(0, 8) + id.substr(9, 4); }

TEST(UuidV7InSql, HasVersionVariantAndTime) {
  const TestDatabase database;
  Sql sql(database.url());
  const std::string id = sql.value("SELECT uuid_v7(0)");
  EXPECT_TRUE(std::regex_match(id, kVersion7)) << id;
  EXPECT_EQ(sql.value("SELECT abs(extract(epoch FROM clock_timestamp()) * 1000 - ('x0000" +
                      milliseconds_of(id) + "')::bit(64)::bigint) < 10000"),
            "t");
}

TEST(UuidV7InSql, AscendsWithinOneStatement) {
  const TestDatabase database;
  EXPECT_EQ(Sql(database.url())
                .value("SELECT count(*) FROM (SELECT id, lag(id) OVER (ORDER BY row) AS before FROM "
                       "(SELECT row, uuid_v7(0) AS id FROM generate_series(1, 50000) AS row) AS made) "
                       "AS pairs WHERE id > before"),
            "49999");
}

TEST(UuidV7InSql, AscendsAcrossSessions) {
  const TestDatabase database;
  Sql one(database.url());
  Sql two(database.url());
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i) {
    ids.push_back(one.value("SELECT uuid_v7(0)"));
    ids.push_back(two.value("SELECT uuid_v7(0)"));
  }
  EXPECT_EQ(std::ranges::adjacent_find(ids, std::greater_equal{}), ids.end());
}

TEST(UuidV7Source, HasVersionVariantAndTheInstantInMicroseconds) {
  const std::string id = UuidV7Source(LogicalShards{}).next(at("2026-11-20T12:00:00.123500Z"), kAnn).value;
  EXPECT_TRUE(std::regex_match(id, kVersion7)) << id;
  EXPECT_EQ(std::stoll(milliseconds_of(id), nullptr, 16), 1795176000123);
  EXPECT_EQ(id.substr(15, 3), "800");  // half a millisecond, of 4096
}

TEST(UuidV7Source, AscendsWhenTheClockStepsBack) {
  UuidV7Source source{LogicalShards{}};
  const Instant noon = at("2026-11-20T12:00:00Z");
  std::vector<MessageId> ids;
  for (int i = 0; i < 50'000; ++i) ids.push_back(source.next(noon - Duration{i}, kAnn));
  EXPECT_EQ(std::ranges::adjacent_find(ids, std::greater_equal{}), ids.end());
}

TEST(UuidV7Source, IsUniqueAndAscendingInFourThreads) {
  constexpr std::size_t kEach = 20'000;
  UuidV7Source source{LogicalShards{}};
  const Instant noon = at("2026-11-20T12:00:00Z");
  std::vector<std::vector<MessageId>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : made) {
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < kEach; ++i) ids.push_back(source.next(noon, kAnn));
      });
    }
  }
  std::set<MessageId> all;
  for (const auto& ids : made) {
    EXPECT_EQ(std::ranges::adjacent_find(ids, std::greater_equal{}), ids.end());
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), made.size() * kEach);
}

// Both kinds order the messages of one queue, so a later id of either kind must be greater.
TEST(UuidV7Source, HasTheLayoutOfTheDatabasesIds) {
  const TestDatabase database;
  Sql sql(database.url());
  UuidV7Source source{LogicalShards{}};
  const Instant before{Duration{std::stoll(sql.value("SELECT micros(clock_timestamp())"))}};
  const std::string ours = source.next(before - Duration{1}, kAnn).value;
  const std::string theirs = sql.value("SELECT uuid_v7(0)");
  const Instant after{Duration{std::stoll(sql.value("SELECT micros(clock_timestamp())"))}};
  EXPECT_LT(ours, theirs);
  EXPECT_LT(theirs, source.next(after + Duration{1}, kAnn).value);
}

}  // namespace
}  // namespace orchestrator::storage
