#include "text/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::text {
namespace {

using std::string_view_literals::operator""sv;

TEST(Utf8, DecodesTheExamplesOfRfc3629) {
  struct Case {
    std::string_view bytes;
    std::u32string_view code_points;
  };
  // Section 7.
  const Case cases[] = {
      {"\x41\xE2\x89\xA2\xCE\x91\x2E", U"\u0041\u2262\u0391\u002E"},
      {"\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4", U"\uD55C\uAD6D\uC5B4"},
      {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", U"\u65E5\u672C\u8A9E"},
      {"\xEF\xBB\xBF\xF0\xA3\x8E\xB4", U"\uFEFF\U000233B4"},
  };
  for (const Case& c : cases) {
    std::u32string decoded;
    std::string_view rest = c.bytes;
    while (!rest.empty()) decoded.push_back(take_code_point(rest).value());
    EXPECT_EQ(decoded, c.code_points) << c.bytes;
    EXPECT_TRUE(is_utf8(c.bytes));
  }
}

TEST(Utf8, AcceptsTheFirstAndLastCodePointOfEachLength) {
  struct Case {
    std::string_view bytes;
    char32_t code_point;
  };
  const Case cases[] = {
      {"\0"sv, 0},
      {"\x7F", 0x7F},
      {"\xC2\x80", 0x80},
      {"\xDF\xBF", 0x7FF},
      {"\xE0\xA0\x80", 0x800},
      {"\xED\x9F\xBF", 0xD7FF},
      {"\xEE\x80\x80", 0xE000},
      {"\xEF\xBF\xBF", 0xFFFF},
      {"\xF0\x90\x80\x80", 0x10000},
      {"\xF4\x8F\xBF\xBF", 0x10FFFF},
  };
  for (const Case& c : cases) {
    std::string_view rest = c.bytes;
    EXPECT_EQ(take_code_point(rest), c.code_point) << static_cast<std::uint32_t>(c.code_point);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Utf8, RejectsMalformedSequences) {
  struct Case {
    const char* what;
    std::string_view bytes;
  };
  const Case cases[] = {
      {"a lone continuation byte", "\x80"},
      {"the last continuation byte", "\xBF"},
      {"U+0000 in two bytes (RFC 3629 section 3)", "\xC0\x80"},
      {"an overlong slash", "\xC0\xAF"},
      {"the largest overlong form of two bytes", "\xC1\xBF"},
      {"the largest overlong form of three bytes", "\xE0\x9F\xBF"},
      {"the largest overlong form of four bytes", "\xF0\x8F\xBF\xBF"},
      {"the first surrogate", "\xED\xA0\x80"},
      {"the last surrogate", "\xED\xBF\xBF"},
      {"the first value above U+10FFFF", "\xF4\x90\x80\x80"},
      {"a lead byte above F4", "\xF5\x80\x80\x80"},
      {"a sequence of five bytes", "\xF8\x88\x80\x80\x80"},
      {"FE", "\xFE"},
      {"FF", "\xFF"},
      {"two bytes cut off", "\xC3"},
      {"three bytes cut off", "\xE2\x82"},
      {"four bytes cut off", "\xF0\x9F\x98"},
      {"a letter instead of a continuation byte", "\xE2\x82z"},
      {"a lead byte instead of a continuation byte", "\xE2\xE2\x82\xAC"},
  };
  for (const Case& c : cases) {
    std::string_view rest = c.bytes;
    EXPECT_EQ(take_code_point(rest), std::nullopt) << c.what;
    EXPECT_EQ(rest.size(), c.bytes.size()) << c.what << ": nothing is consumed";
    EXPECT_FALSE(is_utf8(c.bytes)) << c.what;
    EXPECT_FALSE(is_utf8("ok" + std::string(c.bytes))) << c.what;
  }
  EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("Zoë"), 3U);
  EXPECT_EQ(count_characters("日本語 😀"), 5U);
}

TEST(Utf8, TextIsBlankWithoutAVisibleCharacter) {
  for (const std::string_view text :
       {""sv, " \t\r\n"sv, "\0\x1F\x7F"sv, "\u0085"sv, "\u00A0"sv, "\u00AD"sv, "\u2003\u200B\u200F"sv,
        "\u2028\u2029\u202F\u205F"sv, "\u1680\u3000\uFEFF"sv}) {
    EXPECT_TRUE(is_blank(text)) << testing::PrintToString(text);
  }
  for (const std::string_view text : {"a"sv, " . "sv, "\u200B😀"sv, "\u00A1"sv, "\u2010"sv}) {
    EXPECT_FALSE(is_blank(text)) << text;
  }
}

TEST(Utf8, FindsControlCharacters) {
  for (const std::string_view text :
       {"\0"sv, "a\tb"sv, "\n"sv, "\x1F"sv, "\x7F"sv, "\u0080"sv, "a\u009F"sv}) {
    EXPECT_TRUE(has_control_characters(text)) << testing::PrintToString(text);
  }
  for (const std::string_view text : {""sv, " ~"sv, "\u00A0"sv, "Zoë 😀"sv}) {
    EXPECT_FALSE(has_control_characters(text)) << text;
  }
}

TEST(Utf8, ShortensToCodePointsAndMarksTheCut) {
  EXPECT_EQ(shorten("Zoë", 3), "Zoë");
  EXPECT_EQ(shorten("Zoë!", 3), "Zoë…");
  EXPECT_EQ(shorten("😀😀", 1), "😀…");
  EXPECT_EQ(shorten("a", 0), "…");
  EXPECT_EQ(shorten("", 0), "");
}

TEST(Utf8, APrefixNeverSplitsACodePoint) {
  EXPECT_EQ(prefix_of("Zoë", 4), "Zoë");
  EXPECT_EQ(prefix_of("Zoë", 3), "Zo");
  EXPECT_EQ(prefix_of("Zoë", 2), "Zo");
  EXPECT_EQ(prefix_of("😀", 3), "");
  EXPECT_EQ(prefix_of("a😀", 4), "a");
  EXPECT_EQ(prefix_of("", 0), "");
}

}  // namespace
}  // namespace orchestrator::text
