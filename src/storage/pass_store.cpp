#include "storage/pass_store.hpp"

#include "storage/parameters.hpp"
#include "storage/transaction.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

// Batches are joined to their rows one index look-up each. With fresh statistics the planner might scan and
// hash the whole queue instead, ten times slower: docs/decisions.md.
constexpr const char* kStayIndexDriven =
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off";

// A statement of its own: what is read afterwards must be newer than the locks.
constexpr const char* kClaim = R"sql(
SELECT user_id FROM user_message_budget
WHERE next_attempt_at <= $1::timestamptz
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

constexpr const char* kClaimExpress = R"sql(
SELECT user_id FROM user_message_budget
WHERE next_attempt_at <= $1::timestamptz AND express
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

const std::string kReadFacts = "SELECT claimed.position - 1 AS position," + kFactsColumns + R"sql(
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
JOIN user_message_budget AS budget ON budget.user_id = claimed.user_id
JOIN users ON users.id = claimed.user_id)sql";

// Two of each lane: whatever is promoted, the next of its lane is known. Rows that somebody is editing are
// passed over; their edit will arm the user.
constexpr const char* kReadHeads = R"sql(
SELECT claimed.position - 1 AS position, head.id, head.priority, micros(head.scheduled_for) AS scheduled_for,
       micros(head.expires_at) AS expires_at,
       message_text(head.final_message, head.message_data) IS NOT NULL AS has_content
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
CROSS JOIN unnest(enum_range(NULL::message_priority)) AS lane (priority)
CROSS JOIN LATERAL (
  SELECT id, priority, scheduled_for, expires_at, final_message, message_data
  FROM message_queue
  WHERE user_id = claimed.user_id AND priority = lane.priority AND status = 'queued'
  ORDER BY scheduled_for, id LIMIT 2
  FOR NO KEY UPDATE SKIP LOCKED
) AS head)sql";

constexpr const char* kClose = R"sql(
UPDATE message_queue SET status = $2, status_reason = $3
FROM json_to_recordset($1::json) AS closing (user_id text, id uuid)
WHERE message_queue.id = closing.id AND message_queue.user_id = closing.user_id)sql";

constexpr const char* kCancelAll = R"sql(
UPDATE message_queue SET status = 'cancelled', status_reason = 'opted_out'
WHERE user_id = ANY ($1::text[]) AND status = 'queued')sql";

// Messages cross the line, counters and alarms move, all in one statement. An alarm of none is believed only
// if nothing is left in the queue: a row that was locked and passed over would be stranded otherwise.
constexpr const char* kApply = R"sql(
WITH decided AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS decided (
    user_id text, promoted uuid, message_id uuid, next_attempt_at timestamptz, express boolean,
    blocked_until timestamptz, blocked_by text, date date, messages_sent integer, last_message_at timestamptz,
    recent_sends timestamptz[], daily_limit integer, hourly_limit integer, quiet_hours_enabled boolean)
), sent AS (
  UPDATE message_queue AS queue
  SET status = 'sent', sent_at = $2::timestamptz, delivered_message_id = decided.message_id
  FROM decided
  WHERE queue.id = decided.promoted AND queue.user_id = decided.user_id
  RETURNING decided.message_id, queue.user_id, queue.conversation_context_id, queue.agent_id, queue.id,
            queue.final_message, queue.message_data
), crossed AS (
  INSERT INTO messages (id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
  SELECT message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1),
         message_text(final_message, message_data), 'pending', id, $2::timestamptz
  FROM sent
)
UPDATE user_message_budget AS budget
SET next_attempt_at = CASE WHEN left_behind THEN $3::timestamptz ELSE decided.next_attempt_at END,
    express = decided.express,
    blocked_until = decided.blocked_until, blocked_by = decided.blocked_by,
    date = decided.date, messages_sent = decided.messages_sent, last_message_at = decided.last_message_at,
    recent_sends = decided.recent_sends, daily_limit = decided.daily_limit,
    hourly_limit = decided.hourly_limit, quiet_hours_enabled = decided.quiet_hours_enabled
FROM decided
CROSS JOIN LATERAL (
  SELECT decided.next_attempt_at IS NULL AND EXISTS (
    SELECT FROM message_queue AS waiting
    WHERE waiting.user_id = decided.user_id AND waiting.status = 'queued'
      AND waiting.id IS DISTINCT FROM decided.promoted) AS left_behind
) AS rest
WHERE budget.user_id = decided.user_id)sql";

constexpr std::chrono::seconds kLookAgainAtLocked{1};

constexpr const char* kExpireOverdue = R"sql(
WITH overdue AS (
  SELECT id, user_id FROM message_queue
  WHERE status = 'queued' AND expires_at <= $1::timestamptz
  ORDER BY expires_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE message_queue AS queue SET status = 'expired', status_reason = 'expired'
FROM overdue WHERE queue.id = overdue.id AND queue.user_id = overdue.user_id)sql";

constexpr const char* kNextExpressAlarm = R"sql(
SELECT micros(greatest(next_attempt_at, timestamptz 'epoch'))
FROM user_message_budget WHERE express AND next_attempt_at IS NOT NULL
ORDER BY next_attempt_at LIMIT 1)sql";

constexpr const char* kAnyoneDue = R"sql(
SELECT EXISTS (SELECT FROM user_message_budget WHERE next_attempt_at <= $1::timestamptz))sql";

constexpr const char* kAdoptRules = R"sql(
INSERT INTO orchestrator_settings AS settings (name, value) VALUES ('rules', $1)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value <> excluded.value
RETURNING xmax <> 0 AS replaced)sql";

constexpr const char* kForgetGates = R"sql(
SELECT reopen_gates(array_agg(user_id), false)
FROM user_message_budget WHERE blocked_until IS NOT NULL HAVING count(*) > 0)sql";

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

void add_update(JsonRows& rows, const UserId& user, const UserUpdate& update) {
  rows.begin_row();
  rows.text("user_id", user.value);
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
      add_update(rows, user.id, update);
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
