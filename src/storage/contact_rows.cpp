#include "storage/contact_rows.hpp"

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
std::optional<LockedContact> lock_contact(Transaction& transaction, const UserId& user) {
  const auto rows = transaction.run(sql::lock_contact, user.value);
  if (rows.empty()) return std::nullopt;
  return LockedContact{user, rows[0]["contact_id"].as<std::string>(),
                       optional_from<std::string>(rows[0]["turn_id"]),
                       optional_from<std::string>(rows[0]["token"])};
}

UsersOfContacts find_users_of_contacts(Database& database, const std::vector<std::string>& contact_ids) {
  UsersOfContacts users;
  in_single_read(database, [&](SingleRead& reading) {
    for (const auto& row : reading.run(sql::find_users_of_contacts, text_array(contact_ids))) {
      if (row["user_id"].is_null()) continue;
      users.emplace(row["contact_id"].as<std::string>(), row["user_id"].as<std::string>());
    }
  });
  return users;
}

std::optional<UserId> find_user_of_contact(Database& database, const std::string& contact_id) {
  const auto users = find_users_of_contacts(database, {contact_id});
  if (users.empty()) return std::nullopt;
  return users.begin()->second;
}

void create_user_of_contact(Transaction& transaction, const std::string& contact_id,
                            const std::optional<std::string>& phone_number) {
  transaction.run(sql::create_user_of_address, contact_id, phone_number);
}

void arm_contact(Transaction& transaction, const UserId& user, Instant now, const InboundRules& rules) {
  transaction.run(sql::arm_contact, user.value, format_instant(now), rules.max_batch);
}

void add_to_counters(Transaction& transaction, const UserId& user, const InboundCounts& counts) {
  if (counts == InboundCounts{}) return;
  transaction.run(sql::add_to_inbound_counters, user.value, counts.received, counts.duplicates,
                  counts.dropped, counts.flushed, counts.processed, counts.failed, counts.turns,
                  counts.failed_turns, counts.errors, counts.timeouts, counts.processing_ms);
}

void log_actions(Transaction& transaction, const std::vector<CoordinatorAction>& actions, Instant now) {
  if (actions.empty()) return;
  JsonRows rows;
  for (const CoordinatorAction& action : actions) {
    rows.begin_row();
    rows.text("action", action.action);
    rows.text("user_id", action.user.value);
    rows.json("input", action.input.dump());
    rows.json("output", action.output.dump());
    rows.optional_text("error", action.error);
    if (action.latency_ms) rows.number("latency_ms", *action.latency_ms);
  }
  transaction.run(sql::log_coordinator_actions, rows.take(), format_instant(now));
}

UserFacts lock_facts_for_reply(Transaction& transaction, const UserId& user) {
  transaction.run(sql::lock_user_budget, user.value);
  return facts_from(transaction.run1(sql::read_facts_for_reply, user.value));
}

void insert_confirmation(Transaction& transaction, const UserId& user, const std::string& text, Instant now,
                         const InboundRules& rules, UuidV7Source& ids) {
  const StoredCounters counted(rules.count_send(now, lock_facts_for_reply(transaction, user)));
  transaction.run(sql::insert_confirmation, ids.next(now, user).value, user.value, text, format_instant(now));
  transaction.run(sql::store_user_counters, user.value, counted.date, counted.messages_sent,
                  format_optional(counted.last_message_at), counted.recent_sends);
}

}  // namespace orchestrator::storage
