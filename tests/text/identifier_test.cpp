#include "text/identifier.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::text {
namespace {

TEST(Identifier, IdsAreShortVisibleTexts) {
  const std::string long_id = [] {
    std::string id;
    for (std::size_t i = 0; i < kMaxIdCharacters; ++i) id += "ë";
    return id;
  }();
  for (const std::string& text :
       {std::string("a"), std::string("Zoë 🦊"), std::string("../x?y=%00"), long_id}) {
    EXPECT_FALSE(check_id("userId", text)) << text;
  }
  for (const std::string& text : {std::string(), std::string("  "), std::string("\u200B"),
                                  std::string("a\nb"), std::string("a\0b", 3), long_id + "x"}) {
    const auto rejection = check_id("userId", text);
    ASSERT_TRUE(rejection) << text;
    EXPECT_EQ(rejection->status, 400);
    EXPECT_EQ(rejection->code, "invalid_field");
    EXPECT_TRUE(rejection->message.starts_with("userId must be ")) << rejection->message;
  }
}

TEST(Identifier, PhoneNumbersAreE164) {
  for (const char* text : {"+1234567", "+15551234567", "+2902345", "+123456789012345"}) {
    EXPECT_TRUE(is_e164(text)) << text;
  }
  for (const char* text : {"", "+", "15551234567", "+123456", "+1234567890123456", "+0151234567",
                           "+1 555 123 4567", "+1555123456x", "++15551234567", " +15551234567"}) {
    EXPECT_FALSE(is_e164(text)) << text;
  }
}

}  // namespace
}  // namespace orchestrator::text
