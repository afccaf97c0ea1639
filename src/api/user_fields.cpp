#include "api/user_fields.hpp"

#include <algorithm>
#include <bitset>
#include <string>
#include <utility>
#include <vector>

#include "policy/time_zone.hpp"
#include "text/identifier.hpp"
#include "text/time_of_day.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int kMaxCount = 100'000;

Rejection unprocessable(std::string code, std::string message) {
  return {.status = 422, .code = std::move(code), .message = std::move(message)};
}

std::optional<std::string> read_phone_number(Fields& fields) {
  auto number = fields.text("phoneNumber");
  if (number && !text::is_e164(*number)) {
    fields.refuse(unprocessable("invalid_phone_number",
                                "phoneNumber must be E.164: + and 7 to 15 digits, such as +15551234567."));
  }
  return number;
}

std::string read_timezone(Fields& fields, std::string_view default_timezone) {
  auto timezone = fields.text("timezone");
  if (!timezone) return std::string(default_timezone);
  if (!policy::is_timezone(*timezone)) {
    fields.refuse(
        unprocessable("invalid_timezone",
                      "timezone must be a name from the IANA time zone database, such as Europe/Berlin."));
  }
  return *std::move(timezone);
}

std::optional<TimeOfDay> read_time_of_day(Fields& fields, std::string_view name, TimeOfDay latest) {
  const auto text = fields.text(name);
  if (!text) return std::nullopt;
  const auto time = text::parse_time_of_day(*text);
  if (!time || *time > latest) {
    fields.refuse(unprocessable(
        "invalid_time", std::string(name) + " must be a time of day, HH:MM or HH:MM:SS, such as 22:00."));
  }
  return time;
}

std::optional<std::size_t> as_hour(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 23) return std::nullopt;
  return value.get<std::size_t>();
}

std::optional<std::size_t> as_weekday(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto found = std::ranges::find(kWeekdays, value.get_ref<const std::string&>());
  if (found == kWeekdays.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kWeekdays.begin());
}

// The values of an array as a set. Refuses a value that is invalid or occurs twice.
template <std::size_t kSize>
std::bitset<kSize> read_set(Fields& fields, std::string_view name,
                            std::optional<std::size_t> (*convert)(const json&),
                            const std::string& expectation) {
  std::bitset<kSize> set;
  const json* array = fields.array(name);
  if (array == nullptr) return set;
  for (const json& item : *array) {
    const auto value = convert(item);
    if (!value || set.test(*value)) {
      fields.refuse(unprocessable("invalid_response_pattern", "responsePattern." + std::string(name) +
                                                                  " must be an array of " + expectation +
                                                                  ", each at most once."));
      return set;
    }
    set.set(*value);
  }
  return set;
}

std::optional<ResponsePattern> read_response_pattern(Fields& fields) {
  constexpr std::array<std::string_view, 2> kPatternFields = {"bestHours", "preferredDays"};
  json* object = fields.object("responsePattern");
  if (object == nullptr) return std::nullopt;
  Fields pattern_fields(*object);
  pattern_fields.allow_only(kPatternFields);
  ResponsePattern pattern;
  pattern.best_hours = read_set<24>(pattern_fields, "bestHours", as_hour, "hours from 0 to 23");
  pattern.preferred_days =
      read_set<7>(pattern_fields, "preferredDays", as_weekday, "weekdays from monday to sunday");
  if (pattern_fields.rejection()) fields.refuse(*pattern_fields.rejection());
  return pattern;
}

}  // namespace

std::optional<int> read_count(Fields& fields, std::string_view name, std::string_view meaning_of_zero) {
  const json* number = fields.number(name);
  if (number == nullptr) return std::nullopt;
  if (!number->is_number_unsigned() || number->get<std::uint64_t>() > kMaxCount) {
    fields.refuse(unprocessable("invalid_limit", std::string(name)
                                                     .append(" must be an integer from 0")
                                                     .append(meaning_of_zero)
                                                     .append(" to " + std::to_string(kMaxCount) + ".")));
    return std::nullopt;
  }
  return number->get<int>();
}

User read_user_fields(Fields& fields, std::string_view default_timezone) {
  constexpr std::string_view kNoLimit = " (no limit)";
  User user;
  user.phone_number = read_phone_number(fields);
  user.timezone = read_timezone(fields, default_timezone);
  user.quiet_hours_start = read_time_of_day(fields, "quietHoursStart", 24h - 1s);
  user.quiet_hours_end = read_time_of_day(fields, "quietHoursEnd", 24h);
  user.quiet_hours_enabled = fields.boolean("quietHoursEnabled");
  user.hourly_limit = read_count(fields, "hourlyLimit", kNoLimit);
  user.daily_limit = read_count(fields, "dailyLimit", kNoLimit);
  user.response_pattern = read_response_pattern(fields);
  return user;
}

}  // namespace orchestrator::api
