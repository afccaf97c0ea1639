// Users as stored by PUT, found, and written by SQL.
#include "storage/user_store.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using namespace std::chrono_literals;
using support::at;

class StoredUsers : public ::testing::Test {
 protected:
  PutOutcome put(const User& user) { return std::get<PutOutcome>(store.put(user)); }
  UserRecord found(const std::string& id) { return store.find(UserId{id}).value(); }

  static User complete() {
    return {.id = UserId{"ann"},
            .phone_number = "+15550100001",
            .timezone = "Asia/Kathmandu",
            .quiet_hours_start = 21h + 30min,
            .quiet_hours_end = 24h,
            .quiet_hours_enabled = false,
            .hourly_limit = 0,
            .daily_limit = 7,
            .response_pattern = ResponsePattern{.best_hours = std::bitset<24>(1U | 1U << 9U | 1U << 23U),
                                                .preferred_days = 0b11}};
  }

  static void expect_equal(const User& actual, const User& expected) {
    EXPECT_EQ(actual.id, expected.id);
    EXPECT_EQ(actual.phone_number, expected.phone_number);
    EXPECT_EQ(actual.timezone, expected.timezone);
    EXPECT_EQ(actual.quiet_hours_start, expected.quiet_hours_start);
    EXPECT_EQ(actual.quiet_hours_end, expected.quiet_hours_end);
    EXPECT_EQ(actual.quiet_hours_enabled, expected.quiet_hours_enabled);
    EXPECT_EQ(actual.hourly_limit, expected.hourly_limit);
    EXPECT_EQ(actual.daily_limit, expected.daily_limit);
    ASSERT_EQ(actual.response_pattern.has_value(), expected.response_pattern.has_value());
    if (!actual.response_pattern) return;
    EXPECT_EQ(actual.response_pattern->best_hours, expected.response_pattern->best_hours);
    EXPECT_EQ(actual.response_pattern->preferred_days, expected.response_pattern->preferred_days);
  }

  support::World world;
  UserStore& store = world.users;
};

TEST_F(StoredUsers, AreFoundAsTheyWereStored) {
  EXPECT_EQ(put(complete()), PutOutcome::created);
  const UserRecord record = found("ann");
  expect_equal(record.user, complete());
  EXPECT_EQ(record.facts.timezone, "Asia/Kathmandu");
  EXPECT_EQ(record.facts.quiet_hours_start, 21h + 30min);
  EXPECT_EQ(record.facts.quiet_hours_end, 24h);
  EXPECT_EQ(record.facts.quiet_hours_enabled, false);
  EXPECT_EQ(record.facts.hourly_limit, 0);
  EXPECT_EQ(record.facts.daily_limit, 7);
  EXPECT_EQ(record.created_at, record.updated_at);
}

TEST_F(StoredUsers, NeedNoSettings) {
  const User bare{.id = UserId{"ann"}, .timezone = "Europe/London"};
  put(bare);
  const UserRecord record = found("ann");
  expect_equal(record.user, bare);
  EXPECT_FALSE(record.facts.opted_out);
  EXPECT_FALSE(record.opted_out_at || record.next_attempt_at || record.blocked_until || record.blocked_by);
}

TEST_F(StoredUsers, AreReplacedButKeepConsentAndCounters) {
  put(complete());
  world.schedule("ann", "hello");
  world.pass();
  world.sql.run("UPDATE users SET opted_out_at = '2026-11-20T12:00:00Z'");
  const User bare{.id = UserId{"ann"}, .timezone = "Europe/London"};
  EXPECT_EQ(put(bare), PutOutcome::replaced);
  const UserRecord record = found("ann");
  expect_equal(record.user, bare);
  EXPECT_EQ(record.opted_out_at, at("2026-11-20T12:00:00Z"));
  EXPECT_TRUE(record.facts.opted_out);
  EXPECT_EQ(record.facts.last_outbound_at, at("2026-11-20T12:00:00Z"));
  EXPECT_EQ(record.facts.sent_on_date, 1);
  EXPECT_GT(record.updated_at, record.created_at);
}

TEST_F(StoredUsers, ShowTheirGate) {
  world.add_user("ann");
  world.schedule("ann", "one");
  world.schedule("ann", "two");
  EXPECT_EQ(found("ann").next_attempt_at, at("2026-11-20T12:00:00Z"));
  world.pass();
  const UserRecord record = found("ann");
  EXPECT_EQ(record.next_attempt_at, at("2026-11-20T12:00:30Z"));
  EXPECT_EQ(record.blocked_until, at("2026-11-20T12:00:30Z"));
  EXPECT_EQ(record.blocked_by, Reason::cooldown);
  EXPECT_EQ(record.facts.recent_sends, std::vector{at("2026-11-20T12:00:00Z")});
  EXPECT_EQ(record.facts.counted_date, LocalDate{std::chrono::local_days{std::chrono::days{20777}}});
}

TEST_F(StoredUsers, WithAReopenedGateAreDueInThePast) {
  world.add_user("ann");
  world.schedule("ann", "one");
  world.sql.run("UPDATE user_message_budget SET next_attempt_at = '-infinity'");
  EXPECT_EQ(found("ann").next_attempt_at, at("1970-01-01T00:00:00Z"));
}

TEST_F(StoredUsers, AreNotFoundWhenUnknown) { EXPECT_FALSE(store.find(UserId{"unknown"})); }

TEST_F(StoredUsers, CannotTakeAnotherUsersNumber) {
  put(complete());
  User other{.id = UserId{"bob"}, .phone_number = "+15550100001", .timezone = "Europe/London"};
  const auto refused = store.put(other);
  ASSERT_TRUE(std::holds_alternative<Rejection>(refused));
  EXPECT_EQ(std::get<Rejection>(refused).status, 409);
  EXPECT_EQ(std::get<Rejection>(refused).code, "phone_number_taken");
  EXPECT_FALSE(store.find(UserId{"bob"}));
  other.phone_number = "+15550100002";
  EXPECT_EQ(put(other), PutOutcome::created);
}

TEST_F(StoredUsers, MayHaveIdsOfAnyCharacters) {
  for (const std::string id : {"o'hara", "{\"a\",\\b}", "名前", "a b\tc\nd", "%00", "-- x"}) {
    put(User{.id = UserId{id}, .timezone = "Europe/London"});
    EXPECT_EQ(found(id).user.id, UserId{id});
    world.rules.quiet_hours.enabled = false;
    world.submit({.user = UserId{id},
                  .agent = AgentId{id},
                  .parts = {R"({"content": "x"})"},
                  .scheduled_for = world.clock.now()});
  }
  EXPECT_EQ(world.pass().promoted, 6);
}

TEST_F(StoredUsers, IgnoreInvalidPartsOfAPattern) {
  const std::vector<std::pair<std::string, std::size_t>> patterns = {
      {"null", 0},
      {"[]", 0},
      {"3", 0},
      {"\"monday\"", 0},
      {"{}", 0},
      {R"({"best_hours": "nine"})", 0},
      {R"({"best_hours": [9, "x", null, 1.5, [], 18], "preferred_days": {"a": 1}})", 2},
      {R"({"best_hours": [1e300, 12345678901234567890, 99999999999, -5]})", 0},
  };
  world.add_user("ann");
  for (const auto& [pattern, hours] : patterns) {
    world.sql.run("UPDATE users SET response_pattern = '" + pattern + "'");
    const auto read = found("ann").user.response_pattern;
    EXPECT_EQ(read ? read->best_hours.count() : 0, hours) << pattern;
  }
}

TEST_F(StoredUsers, WrittenBySqlNeedOnlyAnId) {
  world.sql.run("INSERT INTO users (id) VALUES ('ann')");
  EXPECT_EQ(found("ann").user.timezone, "");
  EXPECT_FALSE(found("ann").user.phone_number);
}

}  // namespace
}  // namespace orchestrator::storage
