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

Setting make_setting(Header header, std::string allowed_values,
                     std::function<bool(const std::string&, PartialConfig&)> parse) {
  return {std::move(header.name), std::move(header.default_value), std::move(header.description),
          std::move(allowed_values), std::move(parse)};
}

}  // namespace

Setting whole_number(Header header, long min, long max,
                     const std::function<void(long, PartialConfig&)>& set) {
  return make_setting(std::move(header),
                      "a whole number from " + std::to_string(min) + " to " + std::to_string(max),
                      [=](const std::string& text, PartialConfig& partial) {
                        const std::optional<long> number = parse_whole_number(text);
                        if (!number || *number < min || *number > max) return false;
                        set(*number, partial);
                        return true;
                      });
}

Setting boolean(Header header, const std::function<void(bool, PartialConfig&)>& set) {
  return one_of<bool>(std::move(header), {{"true", true}, {"false", false}, {"1", true}, {"0", false}}, set);
}

Setting text_value(Header header, const std::function<void(const std::string&, PartialConfig&)>& set) {
  return make_setting(std::move(header), "text", [=](const std::string& text, PartialConfig& partial) {
    set(text, partial);
    return true;
  });
}

Setting secret(Header header, const std::function<void(Secret, PartialConfig&)>& set) {
  auto setting = make_setting(std::move(header), "visible ASCII characters without spaces",
                              [=](const std::string& text, PartialConfig& partial) {
                                set(Secret(text), partial);
                                return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
                              });
  setting.is_secret = true;
  setting.default_text = "none";
  return setting;
}

// Trailing slashes are removed, so that a path can be appended.
Setting http_url(Header header, const std::function<void(const std::string&, PartialConfig&)>& set) {
  return make_setting(
      std::move(header), "an http:// or https:// URL", [=](const std::string& text, PartialConfig& partial) {
        set(text.substr(0, text.find_last_not_of('/') + 1), partial);
        const bool is_visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
        return is_visible && (text.starts_with("http://") || text.starts_with("https://")) &&
               text.back() != ':';
      });
}

Setting time_of_day(Header header, const std::function<void(TimeOfDay, PartialConfig&)>& set) {
  return make_setting(std::move(header), "a time from 00:00 to 24:00, as HH:MM or HH:MM:SS",
                      [=](const std::string& text, PartialConfig& partial) {
                        const std::optional<TimeOfDay> time = text::parse_time_of_day(text);
                        if (time) set(*time, partial);
                        return time.has_value();
                      });
}

}  // namespace orchestrator::config
