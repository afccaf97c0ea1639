// Values that the column types allow and only SQL can write: such a row must not stop other users' messages.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class ExtremeValues : public ::testing::Test {
 protected:
  ExtremeValues() {
    world.add_user("ann");
    world.add_user("bob");
    world.schedule("ann", "due");
    world.schedule("bob", "due");
  }

  // Another message for ann, with the given lane and times.
  void insert(const std::string& priority, const std::string& scheduled_for, const std::string& expires_at) {
    world.sql.run(
        "INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for, expires_at) "
        "VALUES ('ann', 'a', '{\"content\": \"extreme\"}', '" +
        priority + "', " + scheduled_for + ", " + expires_at + ")");
  }

  support::World world;
};

TEST_F(ExtremeValues, AMessageThatNeverExpires) {
  insert("high", "'2026-11-20T12:00:00Z'", "'infinity'");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"extreme"});
  EXPECT_EQ(world.sent_to("bob"), Texts{"due"});
}

TEST_F(ExtremeValues, AMessageDueSinceMinusInfinity) {
  insert("high", "'-infinity'", "NULL");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"extreme"});
  EXPECT_EQ(world.sent_to("bob"), Texts{"due"});
}

TEST_F(ExtremeValues, AMessageThatNeverBecomesDue) {
  for (const std::string never :
       {"'infinity'", "'9999-12-31T23:59:59.999999Z'", "'294276-12-31T00:00:00Z'"}) {
    insert("urgent", never, "NULL");
  }
  EXPECT_EQ(world.pass().promoted, 2);
  world.clock.advance(1h);
  EXPECT_EQ(world.pass().promoted, 0);
  EXPECT_EQ(world.sent_to("ann"), Texts{"due"});
  EXPECT_GT(world.passes.next_express_attempt(), world.clock.now() + std::chrono::years{1000});
  EXPECT_TRUE(world.users.find(UserId{"ann"}));
}

TEST_F(ExtremeValues, AUserWhoWritesInTheFuture) {
  world.sql.run(
      "INSERT INTO messages (user_id, role, content, direction, status, created_at) "
      "VALUES ('ann', 'user', 'hi', 'inbound', 'received', 'infinity')");
  EXPECT_EQ(world.pass().promoted, 2);
}

TEST_F(ExtremeValues, AUserWithUnusableSettings) {
  world.sql.run(
      "UPDATE users SET timezone = E'\\n', quiet_hours_start = '24:00', quiet_hours_end = '00:00', "
      "daily_limit = 2147483647, hourly_limit = 2147483647, response_pattern = '[]' WHERE id = 'ann'");
  EXPECT_EQ(world.pass().promoted, 2);
}

TEST_F(ExtremeValues, AMessageThatIsNotAnObject) {
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for)
                   SELECT 'ann', '', data::jsonb, '2026-11-20T11:00:00Z'
                   FROM unnest(ARRAY['null', '[]', '"content"', '{"content": {"a": 1}}', '7']) AS data)");
  EXPECT_EQ(world.pass().failed, 5);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"due"});
}

}  // namespace
}  // namespace orchestrator::storage
