#include "logging/log_line.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace orchestrator::logging {

namespace {

// "2026-11-20T18:24:05.123Z", in milliseconds.
std::string time_text(Instant time) {
  constexpr std::size_t through_milliseconds = std::string_view("2026-11-20T18:24:05.123").size();
  return format_instant(time).substr(0, through_milliseconds) + "Z";
}

// The common levels are padded to the same width.
std::string_view padded_level(LogLevel level) {
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

// Google Cloud's LogSeverity; other log collectors understand it too.
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

bool is_between(char character, unsigned char first, unsigned char last) {
  const auto byte = static_cast<unsigned char>(character);
  return byte >= first && byte <= last;
}

// The length of the control sequence at the start of `text`, in bytes; 0 if a terminal would display the
// text. Control sequences are control characters, line separators and changes of text direction. `text` is
// not empty.
std::size_t control_length(std::string_view text) {
  if (is_between(text[0], 0x00, 0x1F) || text[0] == 0x7F) return 1;
  if (text[0] == '\xC2' && text.size() > 1 && is_between(text[1], 0x80, 0x9F)) return 2;
  if (text.size() < 3 || text[0] != '\xE2') return 0;
  const bool is_control = (text[1] == '\x80' && is_between(text[2], 0xA8, 0xAE)) ||
                          (text[1] == '\x81' && is_between(text[2], 0xA6, 0xA9));
  return is_control ? 3 : 0;
}

std::string escaped(std::string_view message) {
  constexpr const char* hex = "0123456789abcdef";
  std::string text;
  while (!message.empty()) {
    const std::size_t bytes = control_length(message);
    if (bytes == 0) text += message[0];
    for (const char character : message.substr(0, bytes)) {
      const auto byte = static_cast<unsigned char>(character);
      if (character == '\n') {
        text += "\\n";
      } else if (character == '\t') {
        text += "\\t";
      } else {
        text += {'\\', 'x', hex[byte >> 4], hex[byte & 0xf]};
      }
    }
    message.remove_prefix(std::max<std::size_t>(bytes, 1));
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
      return time_text(time) + " " + std::string(padded_level(level)) + " " + escaped(message) + "\n";
    case LogFormat::json:
      return json_line(time, level, message);
  }
  return "";
}

}  // namespace orchestrator::logging
