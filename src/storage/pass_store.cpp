#include "storage/pass_store.hpp"

#include <algorithm>

#include "storage/parameters.hpp"
#include "storage/pass_statements.hpp"
#include "storage/transaction.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

constexpr std::chrono::seconds kLookAgainAtLocked{1};

QueuedMessage message_from(const pqxx::row& row) {
  QueuedMessage message;
  message.id = MessageId{row["id"].as<std::string>()};
  message.priority = priority_from_text(row["priority"].c_str()).value();
  message.scheduled_for = instant_from(row["scheduled_for"]);
  message.expires_at = optional_instant_from(row["expires_at"]);
  message.has_content = row["has_content"].as<bool>();
  return message;
}

std::vector<ClaimedUser> claim(Transaction& transaction, PassStore::Lane lane, Instant due_by,
                               std::size_t limit) {
  const char* statement = lane == PassStore::Lane::express ? kClaimExpress : kClaim;
  std::vector<std::string> ids;
  for (const auto& row : transaction.exec_params(statement, format_instant(due_by), limit)) {
    ids.push_back(row[0].as<std::string>());
  }
  std::vector<ClaimedUser> users(ids.size());
  if (ids.empty()) return users;

  const std::string who = text_array(ids);
  for (const auto& row : transaction.exec_params(kReadFacts, who)) {
    const auto position = row["position"].as<std::size_t>();
    users[position].id = UserId{ids[position]};
    users[position].facts = facts_from(row);
  }
  for (const auto& row : transaction.exec_params(kReadHeads, who)) {
    users[row["position"].as<std::size_t>()].waiting.push_back(message_from(row));
  }
  return users;
}

struct Closing {
  JsonRows expired;
  JsonRows failed;
  std::vector<std::string> opted_out;
  bool any_expired = false;
  bool any_failed = false;

  void add(const UserId& user, const UserUpdate& update) {
    for (const auto& id : update.expired) any_expired = add(expired, user, id);
    for (const auto& id : update.failed) any_failed = add(failed, user, id);
    if (update.cancel_all) opted_out.push_back(user.value);
  }

  static bool add(JsonRows& rows, const UserId& user, const MessageId& id) {
    rows.begin_row();
    rows.text("user_id", user.value);
    rows.text("id", id.value);
    return true;
  }

  // Returns how many were cancelled.
  std::size_t apply(Transaction& transaction) {
    if (any_expired) transaction.exec_params(kClose, expired.take(), "expired", "expired");
    if (any_failed) transaction.exec_params(kClose, failed.take(), "failed", "no_content");
    if (opted_out.empty()) return 0;
    return transaction.exec_params(kCancelAll, text_array(opted_out)).affected_rows();
  }
};

// When the first of the messages that were seen and stay is scheduled.
std::optional<Instant> seen_from(const ClaimedUser& user, const UserUpdate& update) {
  std::optional<Instant> earliest;
  for (const QueuedMessage& message : user.waiting) {
    const bool goes =
        (update.promotion && update.promotion->queued == message.id) ||
        std::ranges::count(update.expired, message.id) + std::ranges::count(update.failed, message.id) > 0;
    if (!goes) earliest = std::min(earliest.value_or(message.scheduled_for), message.scheduled_for);
  }
  return earliest;
}

void add_update(JsonRows& rows, const ClaimedUser& user, const UserUpdate& update) {
  rows.begin_row();
  rows.text("user_id", user.id.value);
  rows.instant("seen_from", seen_from(user, update));
  if (update.promotion) {
    rows.text("promoted", update.promotion->queued.value);
    rows.text("message_id", update.promotion->message.value);
  }
  rows.instant("next_attempt_at", update.next_attempt_at);
  rows.boolean("express", update.express);
  rows.instant("blocked_until", update.blocked_until);
  if (update.blocked_by) rows.text("blocked_by", to_text(*update.blocked_by));
  const UserFacts& counters = update.counters;
  if (counters.counted_date) {
    rows.text("date", format_instant(Instant{counters.counted_date->time_since_epoch()}).substr(0, 10));
  }
  rows.number("messages_sent", counters.sent_on_date);
  rows.instant("last_message_at", counters.last_outbound_at);
  rows.instants("recent_sends", counters.recent_sends);
  rows.number("daily_limit", update.daily_limit);
  rows.number("hourly_limit", update.hourly_limit);
  rows.boolean("quiet_hours_enabled", update.quiet_hours_enabled);
}

}  // namespace

PassStore::BatchResult PassStore::process_batch(Lane lane, Instant due_by, Instant now, std::size_t limit,
                                                const Decide& decide) {
  return in_transaction(database_, [&](Transaction& transaction) {
    transaction.exec(kStayIndexDriven);
    const auto users = claim(transaction, lane, due_by, limit);
    if (users.empty()) return BatchResult{};

    Closing closing;
    JsonRows rows;
    for (const ClaimedUser& user : users) {
      const UserUpdate update = decide(user);
      closing.add(user.id, update);
      add_update(rows, user, update);
    }
    const std::size_t cancelled = closing.apply(transaction);
    transaction.exec_params(kApply, rows.take(), format_instant(now),
                            format_instant(now + kLookAgainAtLocked));
    return BatchResult{users.size(), cancelled};
  });
}

std::size_t PassStore::expire_overdue(Instant now, std::size_t limit) {
  return in_transaction(database_, [&](Transaction& transaction) {
    return transaction.exec_params(kExpireOverdue, format_instant(now), limit).affected_rows();
  });
}

std::optional<Instant> PassStore::next_express_alarm() {
  return in_transaction(database_, [&](Transaction& transaction) {
    const auto alarm = transaction.exec(kNextExpressAlarm);
    return alarm.empty() ? std::nullopt : optional_instant_from(alarm[0][0]);
  });
}

bool PassStore::anyone_due(Instant now) {
  return in_transaction(database_, [&](Transaction& transaction) {
    return transaction.exec_params1(kAnyoneDue, format_instant(now))[0].as<bool>();
  });
}

bool PassStore::adopt_rules(const std::string& fingerprint) {
  return in_transaction(database_, [&](Transaction& transaction) {
    const auto stored = transaction.exec_params(kAdoptRules, fingerprint);
    const bool replaced = !stored.empty() && stored[0][0].as<bool>();
    if (replaced) transaction.exec(kForgetGates);
    return replaced;
  });
}

}  // namespace orchestrator::storage
