#include "logging/log_line.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace orchestrator::logging {
namespace {

const Instant kTime = *parse_instant("2026-11-20T18:24:05.123456Z");

std::string text(LogLevel level, std::string_view message) {
  return log_line(LogFormat::text, kTime, level, message);
}

std::string json(LogLevel level, std::string_view message) {
  return log_line(LogFormat::json, kTime, level, message);
}

TEST(LogLine, TextContainsTimeLevelAndMessage) {
  EXPECT_EQ(text(LogLevel::info, "listening"), "2026-11-20T18:24:05.123Z info  listening\n");
  EXPECT_EQ(text(LogLevel::error, "lost"), "2026-11-20T18:24:05.123Z error lost\n");
}

TEST(LogLine, JsonIsOneObjectWithALogSeverity) {
  EXPECT_EQ(json(LogLevel::warning, "late"),
            "{\"severity\":\"WARNING\",\"time\":\"2026-11-20T18:24:05.123Z\",\"message\":\"late\"}\n");
}

TEST(LogLine, KeepsEveryMessageOnOneLine) {
  const std::string forged("a\nb\r\x1b[2J\t\x7f\0\xff \"q\" \xc3\xa9", 19);
  EXPECT_EQ(text(LogLevel::info, forged),
            "2026-11-20T18:24:05.123Z info  a\\nb\\x0d\\x1b[2J\\t\\x7f\\x00\xff \"q\" \xc3\xa9\n");
  const std::string line = json(LogLevel::info, forged);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(nlohmann::json::parse(line).at("severity"), "INFO");
}

TEST(LogLine, EscapesTerminalControlSequences) {
  EXPECT_EQ(text(LogLevel::info, "\u009b31m \u0085 \u2028 \u202e \u2069 \u00e9 \u2026 \u4e16 \xc2"),
            "2026-11-20T18:24:05.123Z info  \\xc2\\x9b31m \\xc2\\x85 \\xe2\\x80\\xa8 \\xe2\\x80\\xae "
            "\\xe2\\x81\\xa9 "
            "\u00e9 \u2026 \u4e16 \xc2\n");
}

}  // namespace
}  // namespace orchestrator::logging
