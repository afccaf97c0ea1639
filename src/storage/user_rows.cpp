#include "storage/user_rows.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace orchestrator::storage {
namespace {

// The binary form of a timestamptz[], in hexadecimal digits: the number of dimensions, flags and element
// type; for each dimension its size and lower bound; for each element its length (-1: NULL) and value. Each
// number has eight digits, each value sixteen. Oldest first, which is not certain of an array that SQL has
// written.
std::vector<Instant> instants_from(const pqxx::field& field) {
  std::vector<Instant> instants;
  if (field.is_null()) return instants;
  constexpr std::size_t kNumber = 8;
  constexpr std::size_t kValue = 16;
  std::string_view rest = field.c_str();
  const auto take = [&rest](std::size_t digits) {
    const std::string_view taken = rest.substr(0, digits);
    rest.remove_prefix(taken.size());
    return taken;
  };
  const auto dimensions = static_cast<std::size_t>(number_from_hex(take(kNumber)));
  take(2 * kNumber + dimensions * 2 * kNumber);
  while (!rest.empty()) {
    const bool is_null = take(kNumber) == "ffffffff";
    if (!is_null) instants.push_back(instant_from_hex(take(kValue)));
  }
  std::ranges::sort(instants);
  return instants;
}

std::optional<TimeOfDay> optional_time_of_day_from(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return TimeOfDay{number_from_hex(field.c_str())};
}

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

void add_hour(const nlohmann::json& hour, ResponsePattern& pattern) {
  if (!hour.is_number_integer()) return;
  const auto number = hour.get<std::int64_t>();
  if (number >= 0 && number < 24) pattern.best_hours.set(static_cast<std::size_t>(number));
}

void add_day(const nlohmann::json& day, ResponsePattern& pattern) {
  if (!day.is_string()) return;
  const auto found = std::ranges::find(kWeekdays, day.get_ref<const std::string&>());
  if (found != kWeekdays.end())
    pattern.preferred_days.set(static_cast<std::size_t>(found - kWeekdays.begin()));
}

// Written directly in SQL, the column may hold any JSON; anything but a pattern is ignored.
std::optional<ResponsePattern> pattern_from(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  const auto json = nlohmann::json::parse(field.c_str());
  if (!json.is_object()) return std::nullopt;
  ResponsePattern pattern;
  if (const auto hours = json.find("best_hours"); hours != json.end() && hours->is_array()) {
    for (const auto& hour : *hours) add_hour(hour, pattern);
  }
  if (const auto days = json.find("preferred_days"); days != json.end() && days->is_array()) {
    for (const auto& day : *days) add_day(day, pattern);
  }
  return pattern;
}

}  // namespace

std::string pattern_text(const ResponsePattern& pattern) {
  nlohmann::json json = {{"best_hours", nlohmann::json::array()},
                         {"preferred_days", nlohmann::json::array()}};
  for (std::size_t hour = 0; hour < pattern.best_hours.size(); ++hour) {
    if (pattern.best_hours.test(hour)) json["best_hours"].push_back(hour);
  }
  for (std::size_t day = 0; day < kWeekdays.size(); ++day) {
    if (pattern.preferred_days.test(day)) json["preferred_days"].push_back(kWeekdays[day]);
  }
  return json.dump();
}

StoredCounters::StoredCounters(const UserFacts& counters)
    : messages_sent(counters.sent_on_date),
      last_message_at(counters.last_outbound_at),
      recent_sends(instant_array(counters.recent_sends)) {
  if (!counters.counted_date) return;
  date = format_instant(Instant{counters.counted_date->time_since_epoch()}).substr(0, 10);
}

void read_settings(const pqxx::row& row, UserFacts& facts) {
  FieldsInOrder fields(row, "timezone");
  facts.timezone = fields.next().as<std::string>();
  facts.quiet_hours_start = optional_time_of_day_from(fields.next());
  facts.quiet_hours_end = optional_time_of_day_from(fields.next());
  facts.quiet_hours_enabled = optional_from<bool>(fields.next());
  facts.hourly_limit = optional_from<int>(fields.next());
  facts.daily_limit = optional_from<int>(fields.next());
  facts.response_pattern = pattern_from(fields.next());
  facts.opted_out = fields.next().as<bool>();
  const auto awaited_lane = fields.next();
  if (!awaited_lane.is_null()) facts.awaited_lane = priority_from_text(awaited_lane.c_str());
}

void read_counters(const pqxx::row& row, UserFacts& facts) {
  FieldsInOrder fields(row, "last_message_at");
  facts.last_outbound_at = optional_instant_from_hex(fields.next());
  facts.last_inbound_at = optional_instant_from_hex(fields.next());
  facts.recent_sends = instants_from(fields.next());
  const auto counted_day = optional_from<int>(fields.next());
  if (counted_day) facts.counted_date = LocalDate{std::chrono::days{*counted_day}};
  facts.sent_on_date = fields.next().as<int>();
}

UserFacts facts_from(const pqxx::row& row) {
  UserFacts facts;
  read_settings(row, facts);
  read_counters(row, facts);
  return facts;
}

}  // namespace orchestrator::storage
