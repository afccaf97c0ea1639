#include "storage/user_store.hpp"

#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

// "08:30:00.000000"; PostgreSQL reads 24:00 as the end of the day.
std::optional<std::string> time_text(const std::optional<TimeOfDay>& time) {
  if (!time) return std::nullopt;
  if (*time == std::chrono::hours{24}) return "24:00";
  return format_instant(Instant{*time}).substr(11, 15);
}

User user_from(const UserId& id, const UserFacts& facts, const pqxx::row& row) {
  User user;
  user.id = id;
  user.phone_number = optional_from<std::string>(row["phone_number"]);
  user.timezone = facts.timezone;
  user.quiet_hours_start = facts.quiet_hours_start;
  user.quiet_hours_end = facts.quiet_hours_end;
  user.quiet_hours_enabled = facts.quiet_hours_enabled;
  user.hourly_limit = facts.hourly_limit;
  user.daily_limit = facts.daily_limit;
  user.response_pattern = facts.response_pattern;
  return user;
}

UserRecord user_record_from(const UserId& id, const pqxx::row& row) {
  UserRecord record;
  record.facts = facts_from(row);
  record.user = user_from(id, record.facts, row);
  record.created_at = instant_from(row["created_at"]);
  record.updated_at = instant_from(row["updated_at"]);
  record.opted_out_at = optional_instant_from(row["opted_out_at"]);
  record.next_attempt_at = optional_instant_from(row["next_attempt_at"]);
  record.blocked_until = optional_instant_from(row["blocked_until"]);
  if (!row["blocked_by"].is_null()) record.blocked_by = reason_from_text(row["blocked_by"].c_str());
  return record;
}

}  // namespace

std::variant<PutOutcome, Rejection> UserStore::put(const User& user) {
  try {
    return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
      const auto row = transaction.run1(
          sql::put_user, user.id.value, user.phone_number, user.timezone, time_text(user.quiet_hours_start),
          time_text(user.quiet_hours_end), user.quiet_hours_enabled, user.hourly_limit, user.daily_limit,
          user.response_pattern ? std::optional(pattern_text(*user.response_pattern)) : std::nullopt);
      return row[0].as<bool>() ? PutOutcome::created : PutOutcome::replaced;
    });
  } catch (const BadData& failure) {
    if (!failure.is_unique_violation()) throw;
    return Rejection{409, "phone_number_taken",
                     "Another user has this phone number. Use that user, or change their number first."};
  }
}

std::optional<UserRecord> UserStore::find(const UserId& id) {
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<UserRecord> {
    const auto rows = transaction.run(sql::find_user, id.value);
    if (rows.empty()) return std::nullopt;
    return user_record_from(id, rows[0]);
  });
}

}  // namespace orchestrator::storage
