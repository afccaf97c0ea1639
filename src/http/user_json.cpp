#include "http/user_json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "http/fields.hpp"
#include "http/json.hpp"
#include "http/text.hpp"
#include "policy/policy.hpp"

namespace orchestrator::http {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int kMaxLimit = 100'000;
constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};

Rejection unacceptable(std::string code, std::string message) {
  return {.status = 422, .code = std::move(code), .message = std::move(message)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_e164(std::string_view number) {
  return number.size() >= 8 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
         std::ranges::all_of(number.substr(1), is_digit);
}

// "HH:MM" or "HH:MM:SS", 00:00 to 24:00.
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

std::string format_date(LocalDate date) {
  const std::chrono::year_month_day day(date);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

std::optional<std::string> read_phone_number(Fields& fields) {
  auto number = fields.text("phoneNumber");
  if (number && !is_e164(*number)) {
    fields.refuse(unacceptable("invalid_phone_number",
                               "phoneNumber must be E.164: + and 7 to 15 digits, such as +15551234567."));
  }
  return number;
}

std::string read_timezone(Fields& fields, std::string_view default_timezone,
                          const std::function<bool(std::string_view)>& is_timezone) {
  auto timezone = fields.text("timezone");
  if (!timezone) return std::string(default_timezone);
  if (!is_timezone(*timezone)) {
    fields.refuse(
        unacceptable("invalid_timezone",
                     "timezone must be a name of the IANA time-zone database, such as Europe/Berlin."));
  }
  return *std::move(timezone);
}

std::optional<TimeOfDay> read_time_of_day(Fields& fields, std::string_view name, TimeOfDay latest) {
  const auto text = fields.text(name);
  if (!text) return std::nullopt;
  const auto time = parse_time_of_day(*text);
  if (!time || *time > latest) {
    fields.refuse(unacceptable(
        "invalid_time", std::string(name) + " must be a time of day, HH:MM or HH:MM:SS, such as 22:00."));
  }
  return time;
}

std::optional<int> read_limit(Fields& fields, std::string_view name) {
  const json* number = fields.number(name);
  if (number == nullptr) return std::nullopt;
  if (!number->is_number_unsigned() || number->get<std::uint64_t>() > kMaxLimit) {
    fields.refuse(unacceptable("invalid_limit", std::string(name) +
                                                    " must be a whole number from 0 (no limit) to " +
                                                    std::to_string(kMaxLimit) + "."));
    return std::nullopt;
  }
  return number->get<int>();
}

std::optional<int> as_hour(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 23) return std::nullopt;
  return value.get<int>();
}

std::optional<std::string> as_weekday(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& name = value.get_ref<const std::string&>();
  return std::ranges::find(kWeekdays, name) == kWeekdays.end() ? std::nullopt : std::optional(name);
}

// The list's values, each converted; a value that cannot be, or that is there twice, is refused.
template <class T>
std::vector<T> read_set(Fields& fields, std::string_view name, std::optional<T> (*convert)(const json&),
                        const std::string& expectation) {
  std::vector<T> values;
  const json* list = fields.array(name);
  if (list == nullptr) return values;
  for (const json& item : *list) {
    const auto value = convert(item);
    if (!value || std::ranges::find(values, *value) != values.end()) {
      fields.refuse(unacceptable("invalid_response_pattern", "responsePattern." + std::string(name) +
                                                                 " must be a list of " + expectation +
                                                                 ", each at most once."));
      return values;
    }
    values.push_back(*value);
  }
  return values;
}

std::optional<ResponsePattern> read_response_pattern(Fields& fields) {
  json* object = fields.object("responsePattern");
  if (object == nullptr) return std::nullopt;
  Fields pattern_fields(*object);
  pattern_fields.allow_only({"bestHours", "preferredDays"});
  ResponsePattern pattern;
  pattern.best_hours = read_set<int>(pattern_fields, "bestHours", as_hour, "hours from 0 to 23");
  pattern.preferred_days =
      read_set<std::string>(pattern_fields, "preferredDays", as_weekday, "weekdays from monday to sunday");
  if (pattern_fields.rejection()) fields.refuse(*pattern_fields.rejection());
  return pattern;
}

template <class T, class Format>
OrderedJson optional_json(const std::optional<T>& value, Format format) {
  return value ? OrderedJson(format(*value)) : OrderedJson(nullptr);
}

template <class T>
OrderedJson optional_json(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson pattern_json(const ResponsePattern& pattern) {
  return {{"bestHours", pattern.best_hours}, {"preferredDays", pattern.preferred_days}};
}

OrderedJson settings_in_force(const UserFacts& facts, const RuleDefaults& defaults,
                              const policy::Limits& limits) {
  return {{"timezone", limits.zone.is_fallback ? defaults.timezone : facts.timezone},
          {"quietHoursStart", format_time_of_day(limits.quiet_hours.start)},
          {"quietHoursEnd", format_time_of_day(limits.quiet_hours.end)},
          {"quietHoursEnabled", limits.quiet_hours.enabled},
          {"hourlyLimit", limits.hourly},
          {"dailyLimit", limits.daily},
          {"cooldownSeconds", limits.cooldown.count()}};
}

OrderedJson budget(const UserFacts& facts, const policy::Limits& limits, Instant now) {
  const LocalDate today = policy::local_date(now, limits.zone);
  const auto in_last_hour = [now](Instant sent) { return sent > now - 1h; };
  return {{"date", format_date(today)},
          {"messagesSent", facts.counted_date == today ? facts.sent_on_date : 0},
          {"dailyLimit", limits.daily},
          {"sentLastHour", std::ranges::count_if(facts.recent_sends, in_last_hour)},
          {"hourlyLimit", limits.hourly},
          {"lastMessageAt", optional_json(facts.last_outbound_at, format_instant)},
          {"lastInboundAt", optional_json(facts.last_inbound_at, format_instant)}};
}

// Asked of the rules anew: what is stored is of the last time that the user was looked at.
OrderedJson blocked(const UserFacts& facts, const policy::Limits& limits, Instant now) {
  if (facts.opted_out) return {{"by", to_text(Reason::opted_out)}, {"until", nullptr}};
  const policy::Gate gate = policy::user_gate(now, facts, limits);
  if (!gate.reason) return nullptr;
  return {{"by", to_text(*gate.reason)}, {"until", format_instant(gate.opens_at)}};
}

}  // namespace

std::variant<User, Rejection> user_from_json(UserId id, std::string_view body,
                                             std::string_view default_timezone,
                                             const std::function<bool(std::string_view)>& is_timezone) {
  auto parsed = parse_object(body);
  if (auto* rejection = std::get_if<Rejection>(&parsed)) return std::move(*rejection);

  Fields fields(std::get<json>(parsed));
  fields.allow_only({"phoneNumber", "timezone", "quietHoursStart", "quietHoursEnd", "quietHoursEnabled",
                     "hourlyLimit", "dailyLimit", "responsePattern"});
  User user;
  user.id = std::move(id);
  user.phone_number = read_phone_number(fields);
  user.timezone = read_timezone(fields, default_timezone, is_timezone);
  user.quiet_hours_start = read_time_of_day(fields, "quietHoursStart", 24h - 1s);
  user.quiet_hours_end = read_time_of_day(fields, "quietHoursEnd", 24h);
  user.quiet_hours_enabled = fields.boolean("quietHoursEnabled");
  user.hourly_limit = read_limit(fields, "hourlyLimit");
  user.daily_limit = read_limit(fields, "dailyLimit");
  user.response_pattern = read_response_pattern(fields);
  if (fields.rejection()) return *fields.rejection();
  return user;
}

OrderedJson to_json(const UserRecord& record, const RuleDefaults& defaults, Instant now) {
  const User& user = record.user;
  const policy::Limits limits = policy::limits_in_force(record.facts, defaults);
  return {{"userId", user.id.value},
          {"phoneNumber", optional_json(user.phone_number)},
          {"timezone", user.timezone},
          {"quietHoursStart", optional_json(user.quiet_hours_start, format_time_of_day)},
          {"quietHoursEnd", optional_json(user.quiet_hours_end, format_time_of_day)},
          {"quietHoursEnabled", optional_json(user.quiet_hours_enabled)},
          {"hourlyLimit", optional_json(user.hourly_limit)},
          {"dailyLimit", optional_json(user.daily_limit)},
          {"responsePattern", optional_json(user.response_pattern, pattern_json)},
          {"effective", settings_in_force(record.facts, defaults, limits)},
          {"active", policy::is_active(now, record.facts, limits)},
          {"optedOutAt", optional_json(record.opted_out_at, format_instant)},
          {"blocked", blocked(record.facts, limits, now)},
          {"nextAttemptAt", optional_json(record.next_attempt_at, format_instant)},
          {"budget", budget(record.facts, limits, now)},
          {"createdAt", format_instant(record.created_at)},
          {"updatedAt", format_instant(record.updated_at)}};
}

}  // namespace orchestrator::http
