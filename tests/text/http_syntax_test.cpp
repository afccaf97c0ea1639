#include "text/http_syntax.hpp"

#include <gtest/gtest.h>

namespace orchestrator::text {
namespace {

using std::string_view_literals::operator""sv;

TEST(HttpSyntax, TokensAreThoseOfRfc9110) {
  for (const std::string_view text : {"GET"sv, "X-Hub-Signature-256"sv, "!#$%&'*+-.^_`|~09azAZ"sv}) {
    EXPECT_TRUE(is_http_token(text)) << text;
  }
  EXPECT_FALSE(is_http_token(""));
  for (const char c : "\0 \t\r\n\x7F\"(),/:;<=>?@[\\]{}\x80\xFF"sv) {
    EXPECT_FALSE(is_http_token(std::string("a") + c)) << static_cast<int>(c);
  }
}

TEST(HttpSyntax, FieldValuesHoldNoControlCharacterButTheTab) {
  for (const std::string_view text : {""sv, "Bearer a.b=="sv, "a\tb"sv, "Zo\xC3\xAB"sv, "\xFF"sv}) {
    EXPECT_TRUE(is_http_field_value(text)) << text;
  }
  for (const std::string_view text : {"\0"sv, "a\rb"sv, "a\nb"sv, "\x1F"sv, "\x7F"sv}) {
    EXPECT_FALSE(is_http_field_value(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace orchestrator::text
