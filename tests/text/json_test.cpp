#include "text/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::text {
namespace {

using nlohmann::json;
using std::string_view_literals::operator""sv;

std::string code_of(std::string_view text) {
  const auto result = parse_object(text);
  const auto* rejection = std::get_if<Rejection>(&result);
  return rejection == nullptr ? "accepted" : rejection->code;
}

std::string nested(std::size_t levels) {
  return std::string(levels - 1, '[') + "{}" + std::string(levels - 1, ']');
}

TEST(Json, ReadsTheExampleOfRfc8259) {
  // Section 13, shortened.
  const char* image = R"({"Image": {"Width": 800, "Title": "View from 15th Floor",
    "Thumbnail": {"Url": "http://www.example.com/image/481989943", "Height": 125},
    "Animated" : false, "IDs": [116, 943, -234, 38793], "Zoom": 1.5e1, "None": null}})";
  const auto result = parse_object(image);
  ASSERT_TRUE(std::holds_alternative<json>(result));
  EXPECT_EQ(std::get<json>(result).dump(),
            R"({"Image":{"Animated":false,"IDs":[116,943,-234,38793],"None":null,)"
            R"("Thumbnail":{"Height":125,"Url":"http://www.example.com/image/481989943"},)"
            R"("Title":"View from 15th Floor","Width":800,"Zoom":15.0}})");
}

TEST(Json, RejectsWhatIsNotOneObject) {
  for (const std::string_view text : {""sv,
                                      " "sv,
                                      "{"sv,
                                      "{}{}"sv,
                                      "{} x"sv,
                                      "[]"sv,
                                      "\"a\""sv,
                                      "1"sv,
                                      "null"sv,
                                      "{a: 1}"sv,
                                      "{'a': 1}"sv,
                                      "{\"a\": 1,}"sv,
                                      "{\"a\": 01}"sv,
                                      "{\"a\": NaN}"sv,
                                      "{\"a\": \"\t\"}"sv,
                                      "/**/{}"sv,
                                      "{}\0"sv,
                                      "{\"a\": \"\xFF\"}"sv,
                                      "{\"a\": \"\xED\xA0\x80\"}"sv,
                                      R"({"a": "\ud800"})"sv}) {
    EXPECT_EQ(code_of(text), "invalid_json") << text;
  }
  EXPECT_EQ(code_of(" \t\r\n{} \n"), "accepted");
}

TEST(Json, RejectsWhatParsersReadDifferently) {
  EXPECT_EQ(code_of(R"({"a": 1, "a": 1})"), "duplicate_key");
  EXPECT_EQ(code_of(R"({"a": 1, "\u0061": 2})"), "duplicate_key");
  EXPECT_EQ(code_of(R"({"x": [{"a": 1, "a": 2}]})"), "duplicate_key");
  EXPECT_EQ(code_of(R"({"x": {"a": 1}, "y": {"a": 2}})"), "accepted");
}

TEST(Json, RejectsNumbersThatLosePrecision) {
  EXPECT_EQ(code_of(R"({"a": 18446744073709551615})"), "accepted");
  EXPECT_EQ(code_of(R"({"a": 18446744073709551616})"), "number_out_of_range");
  EXPECT_EQ(code_of(R"({"a": -9223372036854775808})"), "accepted");
  EXPECT_EQ(code_of(R"({"a": -9223372036854775809})"), "number_out_of_range");
  EXPECT_EQ(code_of(R"({"a": 1e308})"), "accepted");
  EXPECT_EQ(code_of(R"({"a": 1e309})"), "number_out_of_range");
}

TEST(Json, RejectsTheCharacterThatPostgresqlCannotStore) {
  EXPECT_EQ(code_of(R"({"a": "\u0000"})"), "invalid_text");
  EXPECT_EQ(code_of(R"({"\u0000": 1})"), "invalid_text");
}

TEST(Json, BoundsTheDepth) {
  EXPECT_EQ(code_of("{\"a\":" + nested(kMaxJsonDepth - 1) + "}"), "accepted");
  EXPECT_EQ(code_of("{\"a\":" + nested(kMaxJsonDepth) + "}"), "too_deep");
  EXPECT_EQ(code_of("{\"a\":" + std::string(1'000'000, '[')), "too_deep");
}

}  // namespace
}  // namespace orchestrator::text
