#include "orchestrator/types.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(Types, PrioritiesAreSpelledAsInTheDatabase) {
  for (const std::string_view text : {"urgent", "high", "medium", "low"}) {
    const auto priority = priority_from_text(text);
    ASSERT_TRUE(priority) << text;
    EXPECT_EQ(to_text(*priority), text);
  }
  for (const std::string_view text : {"", "Urgent", "HIGH", "normal", "low ", "1"}) {
    EXPECT_FALSE(priority_from_text(text)) << text;
  }
}

TEST(Types, LanesAreOrderedByUrgencyNotByName) {
  EXPECT_LT(Priority::urgent, Priority::high);
  EXPECT_LT(Priority::high, Priority::medium);
  EXPECT_LT(Priority::medium, Priority::low);
  EXPECT_TRUE(is_express(Priority::urgent));
  EXPECT_TRUE(is_express(Priority::high));
  EXPECT_FALSE(is_express(Priority::medium));
  EXPECT_FALSE(is_express(Priority::low));
}

TEST(Types, ReasonsHaveStableTexts) {
  EXPECT_EQ(to_text(Reason::cooldown), "cooldown");
  EXPECT_EQ(to_text(Reason::hourly_limit_reached), "hourly_limit_reached");
  EXPECT_EQ(to_text(Reason::daily_limit_reached), "daily_limit_reached");
  EXPECT_EQ(to_text(Reason::quiet_hours), "quiet_hours");
  EXPECT_EQ(to_text(Reason::not_due), "not_due");
  EXPECT_EQ(to_text(Reason::behind_higher_priority), "behind_higher_priority");
  EXPECT_EQ(to_text(Reason::opted_out), "opted_out");
  EXPECT_EQ(to_text(Reason::expired), "expired");
  EXPECT_EQ(to_text(Reason::no_content), "no_content");
}

TEST(Types, PhoneNumbersAreMaskedForLogs) {
  EXPECT_EQ(mask_phone_number("+15551234567"), "+1*******67");
  EXPECT_EQ(mask_phone_number("+441632960961"), "+4*******61");
  EXPECT_EQ(mask_phone_number("+12345678"), "+1*******78");
  EXPECT_EQ(mask_phone_number("+123456789012345"), "+1*******45");
}

TEST(Types, OtherTextsAreMaskedCompletely) {
  for (const std::string_view text :
       {"", "+", "7", "+1234567", "15551234567", "+1555123456x", "alice@example.org", "+1 555 123 4567",
        "+1234567890123456", "whatsapp:+15551234567"}) {
    EXPECT_EQ(mask_phone_number(text), "*******") << text;
  }
}

TEST(Types, UserIdsThatArePhoneNumbersAreMasked) {
  EXPECT_EQ(mask_user_id(UserId{"+15551234567"}), "+1*******67");
  EXPECT_EQ(mask_user_id(UserId{"maria"}), "maria");
}

}  // namespace
}  // namespace orchestrator
