// The identity of a contact, and the fingerprint by which repeated messages are recognised.

#include "inbound/contact_identity.hpp"

#include <gtest/gtest.h>

#include "text/identifier.hpp"

namespace orchestrator::inbound {
namespace {

using nlohmann::json;

TEST(ContactIdentity, NormalisesPhoneNumbers) {
  struct Case {
    const char* written;
    const char* id;
    bool is_number = true;
  };
  const Case cases[] = {
      {"+15551234567", "+15551234567"},
      {"15551234567", "+15551234567"},
      {"5551234567", "+5551234567"},
      {"+1 (555) 123-45.67", "+15551234567"},
      {"whatsapp:+15551234567", "+15551234567"},
      {"WhatsApp:+15551234567", "+15551234567"},
      {"sms:+15551234567", "+15551234567"},
      {"whatsapp:15551234567", "+15551234567"},
      {"+2902345", "+2902345"},
      {"+123456789012345", "+123456789012345"},
      {"+1234567890123456", "+1234567890123456", false},
      {"+123456", "+123456", false},
      {"+0151234567", "+0151234567", false},
      {"0151234567", "0151234567", false},
      {"123456789", "123456789", false},  // a short code, or an id of another kind
      {"1 555 123 4567", "1 555 123 4567", false},
      {"+1555CALLNOW", "+1555CALLNOW", false},
      {"user_123", "user_123", false},
      {"sms:user_123", "user_123", false},
      {"mailto:ann@example.com", "mailto:ann@example.com", false},
      {"Zoë 🦊", "Zoë 🦊", false},
  };
  for (const Case& c : cases) {
    const auto contact = parse_contact_identity("contactId", c.written);
    ASSERT_TRUE(std::holds_alternative<ContactIdentity>(contact)) << c.written;
    EXPECT_EQ(std::get<ContactIdentity>(contact).id, c.id) << c.written;
    EXPECT_EQ(std::get<ContactIdentity>(contact).phone_number,
              c.is_number ? std::optional<std::string>(c.id) : std::nullopt)
        << c.written;
  }
}

TEST(ContactIdentity, RejectsTextsThatCannotBeIds) {
  for (const std::string& text :
       {std::string(), std::string("   "), std::string("sms:"), std::string("a\nb"), std::string(201, 'x')}) {
    const auto contact = parse_contact_identity("contactId", text);
    ASSERT_TRUE(std::holds_alternative<Rejection>(contact)) << text;
    EXPECT_EQ(std::get<Rejection>(contact).code, "invalid_field");
  }
}

TEST(ContentHash, DependsOnTypeAndTextOfPlainTexts) {
  EXPECT_EQ(content_hash("text", "Hi", json::object()), content_hash("text", "Hi", {{"gateway", "other"}}));
  EXPECT_NE(content_hash("text", "Hi", json::object()), content_hash("text", "hi", json::object()));
  EXPECT_NE(content_hash("text", "Hi", json::object()), content_hash("image", "Hi", json::object()));
  EXPECT_EQ(content_hash("text", "Hi", json::object()).size(), 64u);
}

TEST(ContentHash, DistinguishesPicturesByTheirMetadata) {
  const json first = json::parse(R"({"media":[{"url":"https://a/1","timestamp":1}],"timestamp":"x"})");
  const json again = json::parse(R"({"timestamp":"y","media":[{"timestamp":2,"url":"https://a/1"}]})");
  const json second = json::parse(R"({"media":[{"url":"https://a/2","timestamp":1}],"timestamp":"x"})");
  EXPECT_EQ(content_hash("image", "", first), content_hash("image", "", again));
  EXPECT_NE(content_hash("image", "", first), content_hash("image", "", second));
}

TEST(InstantSince1970, ReadsSecondsAndMilliseconds) {
  const auto instant = parse_instant("2025-11-20T18:00:00Z");
  EXPECT_EQ(instant_since_1970(1'763'661'600), instant);
  EXPECT_EQ(instant_since_1970(1'763'661'600'000), instant);
  EXPECT_EQ(instant_since_1970(1'763'661'600.25), *instant + std::chrono::milliseconds{250});
  EXPECT_EQ(instant_since_1970(0), Instant{});
  EXPECT_EQ(instant_since_1970(-1), std::nullopt);
  EXPECT_EQ(instant_since_1970(1e18), std::nullopt);
}

}  // namespace
}  // namespace orchestrator::inbound
