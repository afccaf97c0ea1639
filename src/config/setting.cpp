#include "config/setting.hpp"

#include <algorithm>
#include <charconv>

#include "text/time_of_day.hpp"

namespace orchestrator::config {

namespace {

std::optional<long> parse_whole_number(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Setting made(Heading heading, std::string allowed, std::function<bool(const std::string&, Draft&)> read) {
  return {std::move(heading.name), std::move(heading.fallback), std::move(heading.purpose),
          std::move(allowed), std::move(read)};
}

}  // namespace

Setting whole_number(Heading heading, long min, long max, const std::function<void(long, Draft&)>& set) {
  return made(std::move(heading), "a whole number from " + std::to_string(min) + " to " + std::to_string(max),
              [=](const std::string& text, Draft& draft) {
                const std::optional<long> number = parse_whole_number(text);
                if (!number || *number < min || *number > max) return false;
                set(*number, draft);
                return true;
              });
}

Setting yes_or_no(Heading heading, const std::function<void(bool, Draft&)>& set) {
  return one_of<bool>(std::move(heading), {{"true", true}, {"false", false}, {"1", true}, {"0", false}}, set);
}

Setting any_text(Heading heading, const std::function<void(const std::string&, Draft&)>& set) {
  return made(std::move(heading), "text", [=](const std::string& text, Draft& draft) {
    set(text, draft);
    return true;
  });
}

Setting secret(Heading heading, const std::function<void(Secret, Draft&)>& set) {
  auto setting = made(std::move(heading), "visible ASCII characters without spaces",
                      [=](const std::string& text, Draft& draft) {
                        set(Secret(text), draft);
                        return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
                      });
  setting.is_secret = true;
  setting.fallback_in_words = "none";
  return setting;
}

// Without a slash at its end, so that paths can be appended.
Setting http_url(Heading heading, const std::function<void(const std::string&, Draft&)>& set) {
  return made(std::move(heading), "an http:// or https:// URL", [=](const std::string& text, Draft& draft) {
    set(text.substr(0, text.find_last_not_of('/') + 1), draft);
    const bool is_visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    return is_visible && (text.starts_with("http://") || text.starts_with("https://")) && text.back() != ':';
  });
}

Setting time_of_day(Heading heading, const std::function<void(TimeOfDay, Draft&)>& set) {
  return made(std::move(heading), "a time from 00:00 to 24:00, as HH:MM or HH:MM:SS",
              [=](const std::string& text, Draft& draft) {
                const std::optional<TimeOfDay> time = text::parse_time_of_day(text);
                if (time) set(*time, draft);
                return time.has_value();
              });
}

}  // namespace orchestrator::config
