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

TEST(Segments, AsTheNetworkCounts) {
  struct Situation {
    std::string what;
    std::string text;
    std::size_t segments;
  };
  const Situation situations[] = {
      {"nothing", "", 0},
      {"a word", "Hello", 1},
      {"a full SMS", times(160, "a"), 1},
      {"one character more", times(161, "a"), 2},
      {"two full parts", times(306, "a"), 2},
      {"one character more than two", times(307, "a"), 3},
      {"three full parts", times(459, "a"), 3},
      {"accents of the alphabet count once", times(160, "é"), 1},
      {"so do Greek capitals", times(160, "Δ"), 1},
      {"the euro counts twice", times(80, "€"), 1},
      {"and makes it two", times(80, "€") + "a", 2},
      {"brackets count twice", times(79, "[") + "ab", 1},
      {"an escape is never split: 152 and a pair", times(152, "a") + "{" + times(152, "a"), 3},
      {"an accent outside makes it UCS-2", "ç" + times(69, "a"), 1},
      {"71 of these", "ç" + times(70, "a"), 2},
      {"134 of these", "ç" + times(133, "a"), 2},
      {"135 of these", "ç" + times(134, "a"), 3},
      {"a typographic apostrophe too", "It’s " + times(66, "a"), 2},
      {"emoji take two units", times(35, "😀"), 1},
      {"36 of them", times(36, "😀"), 2},
      {"a pair is never split: 66 and an emoji", times(66, "ж") + "😀" + times(65, "ж"), 2},
      {"nor there", times(66, "ж") + "😀" + times(66, "ж"), 3},
      {"a broken byte is another character", "\xFF" + times(70, "a"), 2},
      {"a character cut off", "a\xC3", 1},
  };
  for (const auto& situation : situations) {
    EXPECT_EQ(sms_segments(situation.text), situation.segments) << situation.what;
  }
}

}  // namespace
}  // namespace orchestrator::text
