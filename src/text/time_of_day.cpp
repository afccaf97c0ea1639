#include "text/time_of_day.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

#include "text/ascii.hpp"

namespace orchestrator::text {

using namespace std::chrono_literals;

std::optional<TimeOfDay> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 && text.size() != 8) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' : !is_digit(text[i])) return std::nullopt;
  }
  const auto two_digits = [text](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int minutes = two_digits(3);
  const int seconds = text.size() == 8 ? two_digits(6) : 0;
  const TimeOfDay time = two_digits(0) * 1h + minutes * 1min + seconds * 1s;
  if (minutes > 59 || seconds > 59 || time > 24h) return std::nullopt;
  return time;
}

std::string format_time_of_day(TimeOfDay time) {
  const std::chrono::hh_mm_ss parts(std::chrono::floor<std::chrono::seconds>(time));
  std::array<char, 32> text{};
  const auto hours = static_cast<int>(parts.hours().count());
  const auto minutes = static_cast<int>(parts.minutes().count());
  const auto seconds = static_cast<int>(parts.seconds().count());
  if (seconds == 0) {
    std::snprintf(text.data(), text.size(), "%02d:%02d", hours, minutes);
  } else {
    std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", hours, minutes, seconds);
  }
  return text.data();
}

}  // namespace orchestrator::text
