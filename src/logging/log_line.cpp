#include "logging/log_line.hpp"

#include <nlohmann/json.hpp>

namespace orchestrator {

namespace {

// "2026-11-20T18:24:05.123Z": whole milliseconds are enough to read.
std::string time_text(Instant time) {
  constexpr std::size_t through_milliseconds = std::string_view("2026-11-20T18:24:05.123").size();
  return format_instant(time).substr(0, through_milliseconds) + "Z";
}

// As text, padded to one width; the usual words are the short ones.
std::string_view padded_word(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info ";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "";
}

// Google Cloud's LogSeverity, which others understand too.
std::string_view severity(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "DEBUG";
    case LogLevel::info:
      return "INFO";
    case LogLevel::warning:
      return "WARNING";
    case LogLevel::error:
      return "ERROR";
  }
  return "";
}

std::string escaped(std::string_view message) {
  constexpr const char* hex = "0123456789abcdef";
  std::string text;
  for (const char character : message) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\n') {
      text += "\\n";
    } else if (character == '\t') {
      text += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      text += {'\\', 'x', hex[byte >> 4], hex[byte & 0xf]};
    } else {
      text += character;
    }
  }
  return text;
}

std::string json_line(Instant time, LogLevel level, std::string_view message) {
  const nlohmann::ordered_json event = {
      {"severity", severity(level)}, {"time", time_text(time)}, {"message", message}};
  constexpr int compact = -1;
  return event.dump(compact, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string log_line(LogFormat format, Instant time, LogLevel level, std::string_view message) {
  switch (format) {
    case LogFormat::text:
      return time_text(time) + " " + std::string(padded_word(level)) + " " + escaped(message) + "\n";
    case LogFormat::json:
      return json_line(time, level, message);
  }
  return "";
}

}  // namespace orchestrator
