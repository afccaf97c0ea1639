#include "storage/user_rows.hpp"

#include <charconv>

namespace orchestrator::storage {
namespace {

// "1,2,3", in micros
std::vector<Instant> instants_from(std::string_view list) {
  std::vector<Instant> instants;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    std::int64_t us = 0;
    at = std::from_chars(at, end, us).ptr + 1;
    instants.emplace_back(Duration{us});
  }
  return instants;
}

std::optional<TimeOfDay> optional_time_of_day_from(const pqxx::field& micros) {
  if (micros.is_null()) return std::nullopt;
  return TimeOfDay{micros.as<std::int64_t>()};
}

}  // namespace

UserFacts facts_from(const pqxx::row& row) {
  UserFacts facts;
  facts.timezone = row["timezone"].as<std::string>();
  facts.quiet_hours_start = optional_time_of_day_from(row["quiet_start"]);
  facts.quiet_hours_end = optional_time_of_day_from(row["quiet_end"]);
  facts.quiet_hours_enabled = optional_from<bool>(row["quiet_hours_enabled"]);
  facts.hourly_limit = optional_from<int>(row["hourly_limit"]);
  facts.daily_limit = optional_from<int>(row["daily_limit"]);
  facts.opted_out = row["opted_out"].as<bool>();
  facts.last_outbound_at = optional_instant_from(row["last_message_at"]);
  facts.last_inbound_at = optional_instant_from(row["last_inbound_at"]);
  facts.recent_sends = instants_from(row["recent_sends"].c_str());
  if (!row["counted_day"].is_null()) {
    facts.counted_date = LocalDate{std::chrono::days{row["counted_day"].as<int>()}};
  }
  facts.sent_on_date = row["messages_sent"].as<int>();
  return facts;
}

}  // namespace orchestrator::storage
