#include "text/ascii.hpp"

#include <gtest/gtest.h>

namespace orchestrator::text {
namespace {

using std::string_view_literals::operator""sv;

TEST(Ascii, ClassifiesAsciiCharactersOnly) {
  for (int code = -128; code < 128; ++code) {
    const char c = static_cast<char>(code);
    const bool digit = "0123456789"sv.find(c) != std::string_view::npos;
    const bool letter =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"sv.find(c) != std::string_view::npos;
    EXPECT_EQ(is_digit(c), digit) << code;
    EXPECT_EQ(is_letter_or_digit(c), digit || letter) << code;
  }
}

TEST(Ascii, TrimsBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim("ab"), "ab");
  EXPECT_EQ(trim(" \r\n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\v a"), "\v a") << "a vertical tab is no white space of JSON";
  EXPECT_EQ(trim("\u00A0a"), "\u00A0a") << "only ASCII";
  EXPECT_EQ(trim("\r\n a\t", " \t"), "\r\n a");
}

TEST(Ascii, LowersAsciiLettersOnly) {
  EXPECT_EQ(to_lower("Content-TYPE @[`{ 0"), "content-type @[`{ 0");
  EXPECT_EQ(to_lower("ÄÉ"), "ÄÉ");
}

TEST(Ascii, ComparesIgnoringCase) {
  EXPECT_TRUE(equal_ignoring_case("Bearer", "bEARER"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("Bearer", "Bearer "));
  EXPECT_FALSE(equal_ignoring_case("@", "`")) << "these differ in the bit that distinguishes case";
  EXPECT_FALSE(equal_ignoring_case("ä", "Ä"));
}

TEST(Ascii, MeasuresTheLevenshteinDistance) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("agentId", "AGENTID"), 0U);
  EXPECT_EQ(edit_distance("agentId", "agnetId"), 2U) << "a transposition is two substitutions";
}

}  // namespace
}  // namespace orchestrator::text
