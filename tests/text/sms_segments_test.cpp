#include "text/sms_segments.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::text {
namespace {

std::string times(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(SmsSegments, CountsAsMobileNetworksDo) {
  struct Situation {
    std::string what;
    std::string text;
    std::size_t segments;
  };
  const Situation situations[] = {
      {"an empty text", "", 0},
      {"a word", "Hello", 1},
      {"a full SMS", times(160, "a"), 1},
      {"one character more", times(161, "a"), 2},
      {"two full parts", times(306, "a"), 2},
      {"one character more than two", times(307, "a"), 3},
      {"three full parts", times(459, "a"), 3},
      {"accents of the alphabet count once", times(160, "é"), 1},
      {"so do Greek capitals", times(160, "Δ"), 1},
      {"the euro counts twice", times(80, "€"), 1},
      {"a letter after 80 euro signs starts a second segment", times(80, "€") + "a", 2},
      {"brackets count twice", times(79, "[") + "ab", 1},
      {"an escape sequence is never split", times(152, "a") + "{" + times(152, "a"), 3},
      {"an accented letter outside the alphabet makes it UCS-2", "ç" + times(69, "a"), 1},
      {"71 UCS-2 characters", "ç" + times(70, "a"), 2},
      {"134 UCS-2 characters", "ç" + times(133, "a"), 2},
      {"135 UCS-2 characters", "ç" + times(134, "a"), 3},
      {"a typographic apostrophe makes it UCS-2", "It’s " + times(66, "a"), 2},
      {"an emoji takes two UTF-16 units", times(35, "😀"), 1},
      {"36 emoji", times(36, "😀"), 2},
      {"a surrogate pair is never split", times(66, "ж") + "😀" + times(65, "ж"), 2},
      {"the split pair costs a third segment", times(66, "ж") + "😀" + times(66, "ж"), 3},
      {"a malformed byte counts as a character outside the alphabet", "\xFF" + times(70, "a"), 2},
      {"a truncated sequence", "a\xC3", 1},
  };
  for (const auto& situation : situations) {
    EXPECT_EQ(sms_segments(situation.text), situation.segments) << situation.what;
  }
}

}  // namespace
}  // namespace orchestrator::text
