// Form-encoded bodies and queries.

#include "text/form.hpp"

#include <gtest/gtest.h>

namespace orchestrator::text {
namespace {

TEST(Form, FieldsAreDecodedInTheirOrder) {
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

TEST(Form, WhatCannotBeReadInOneWayIsRefused) {
  for (const char* text : {"a=%", "a=%2", "a=%zz", "%=a", "a=%ff", "a=\xff", "a=%c3", "a=%00", "%00=a"}) {
    EXPECT_FALSE(parse_form(text)) << text;
  }
}

TEST(Form, TheNumberOfFieldsIsBounded) {
  std::string text;
  for (std::size_t i = 0; i < kMaxFormFields; ++i) text += "a=1&";
  EXPECT_TRUE(parse_form(text));
  EXPECT_FALSE(parse_form(text + "a=1"));
}

TEST(Form, TheFirstValueOfANameIsTaken) {
  const auto fields = parse_form("a=1&a=2&b=");
  ASSERT_TRUE(fields);
  EXPECT_EQ(value_of(*fields, "a"), "1");
  EXPECT_EQ(value_of(*fields, "b"), "");
  EXPECT_EQ(value_of(*fields, "c"), "");
}

}  // namespace
}  // namespace orchestrator::text
