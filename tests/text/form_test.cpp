// Form-encoded bodies and queries.

#include "text/form.hpp"

#include <gtest/gtest.h>

namespace orchestrator::text {
namespace {

TEST(Form, DecodesFieldsInOrder) {
  const FormFields expected = {{"From", "+15551234567"},
                               {"Body", "50% & more = ünique"},
                               {"a b", ""},
                               {"From", "again"},
                               {"", "nameless"}};
  EXPECT_EQ(
      parse_form("From=%2B15551234567&Body=50%25+%26+more%20%3d+%C3%BCnique&a+b&&From=again&=nameless&"),
      expected);
  EXPECT_EQ(parse_form(""), FormFields{});
  EXPECT_EQ(parse_form("a=b=c"), (FormFields{{"a", "b=c"}}));
}

TEST(Form, RejectsMalformedFields) {
  for (const char* text : {"a=%", "a=%2", "a=%zz", "%=a", "a=%ff", "a=\xff", "a=%c3", "a=%00", "%00=a"}) {
    EXPECT_FALSE(parse_form(text)) << text;
  }
}

TEST(Form, BoundsTheNumberOfFields) {
  std::string text;
  for (std::size_t i = 0; i < kMaxFormFields; ++i) text += "a=1&";
  EXPECT_TRUE(parse_form(text));
  EXPECT_FALSE(parse_form(text + "a=1"));
}

TEST(Form, ReturnsTheFirstValueOfAName) {
  const auto fields = parse_form("a=1&a=2&b=");
  ASSERT_TRUE(fields);
  EXPECT_EQ(value_of(*fields, "a"), "1");
  EXPECT_EQ(value_of(*fields, "b"), "");
  EXPECT_EQ(value_of(*fields, "c"), "");
}

TEST(Form, EncodesFields) {
  EXPECT_EQ(form_encode({{"To", "+15550100001"}, {"Body", "Grüße & mehr=1"}, {"A-._~", ""}}),
            "To=%2B15550100001&Body=Gr%C3%BC%C3%9Fe%20%26%20mehr%3D1&A-._~=");
  EXPECT_EQ(form_encode({}), "");
}

TEST(PercentEncoding, KeepsTheUnreservedCharactersOfRfc3986) {
  const std::string unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  EXPECT_EQ(percent_encode(unreserved), unreserved);
  EXPECT_EQ(percent_encode(":/?#[]@!$&'()*+,;="), "%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D");
  EXPECT_EQ(percent_encode("\u30A2"), "%E3%82%A2") << "the example of RFC 3986 section 2.5";
}

TEST(PercentEncoding, DecodesEveryByte) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  EXPECT_EQ(percent_decode(percent_encode(bytes)), bytes);
  EXPECT_EQ(percent_decode("%e3%82%A2+"), "\u30A2+") << "a plus sign is a space in forms only";
  for (const char* text : {"%", "%2", "%zz", "a%4", "%%41"})
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace orchestrator::text
