#include "storage/message_store.hpp"

#include "orchestrator/uuid_v7.hpp"
#include "storage/pass_statements.hpp"
#include "storage/queue_rows.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kFind = R"sql(
SELECT queue.id, queue.user_id, queue.agent_id, coalesce(queue.conversation_context_id, '') AS conversation_id,
       coalesce(message_text(queue.final_message, queue.message_data), '') AS content, queue.priority,
       queue.can_delay, queue.status, coalesce(queue.status_reason, '') AS status_reason,
       coalesce(queue.awaiting, '') AS awaiting,
       micros(queue.scheduled_for) AS scheduled_for, micros(queue.expires_at) AS expires_at,
       micros(queue.created_at) AS created_at, micros(queue.sent_at) AS promoted_at,
       coalesce(queue.supersede_key, '') AS supersede_key, queue.superseded_by_message_id AS superseded_by,
       coalesce(queue.sequence_id, '') AS sequence_id, coalesce(queue.sequence_position, 0) AS sequence_position,
       coalesce(queue.sequence_total, 0) AS sequence_total,
       sent.id AS sent_id, sent.status AS sent_status, coalesce(sent.provider, '') AS provider,
       coalesce(sent.provider_message_id, '') AS provider_message_id,
       coalesce(sent.error_code, '') AS error_code, sent.attempts, coalesce(sent.waiting_for, '') AS waiting_for,
       micros(sent.next_attempt_at) AS next_attempt_at, micros(sent.sent_at) AS sent_at,
       micros(sent.delivered_at) AS delivered_at
FROM message_queue AS queue
LEFT JOIN messages AS sent ON sent.user_id = queue.user_id AND sent.queue_id = queue.id
WHERE queue.id = $1::uuid)sql";

// The log is kept in time by user; nothing happened to a message before it was made.
constexpr const char* kHistory = R"sql(
SELECT action_type, coalesce(output_data ->> 'reason', '') AS reason,
       micros((output_data ->> 'until')::timestamptz) AS until, micros(created_at) AS at
FROM agent_actions_log
WHERE user_id = $1 AND input_data ->> 'message_id' = $2
ORDER BY created_at, id LIMIT 1000)sql";

constexpr const char* kOwner = "SELECT user_id FROM message_queue WHERE id = $1::uuid";

constexpr const char* kLockUser = "SELECT FROM user_message_budget WHERE user_id = $1 FOR NO KEY UPDATE";

constexpr const char* kCancel = R"sql(
WITH named AS (
  SELECT id, user_id, sequence_id FROM message_queue WHERE id = $1::uuid AND user_id = $2
), all_parts AS (
  SELECT id, user_id FROM named
  UNION
  SELECT part.id, part.user_id FROM named JOIN message_queue AS part USING (user_id, sequence_id)
), cancelled AS (
  UPDATE message_queue AS queue SET status = 'cancelled', status_reason = $3
  FROM all_parts
  WHERE queue.id = all_parts.id AND queue.user_id = all_parts.user_id AND queue.status IN ('queued', 'approved')
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'cancelled', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       jsonb_build_object('reason', $3::text), $4::timestamptz
FROM cancelled)sql";

constexpr const char* kStatus = "SELECT status FROM message_queue WHERE id = $1::uuid AND user_id = $2";

const std::string kFacts = "SELECT" + kFactsColumns + R"sql(
FROM users LEFT JOIN user_message_budget AS budget ON budget.user_id = users.id
WHERE users.id = $1)sql";

// Heads of incomplete sequences and what is with the LLM too: they wait, and are asked about.
const std::string kLine = "SELECT" + kMessageColumns + R"sql(
FROM (
  SELECT * FROM message_queue
  WHERE user_id = $1 AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL
  UNION ALL
  SELECT * FROM message_queue
  WHERE user_id = $1 AND status IN ('queued', 'approved') AND NOT ready AND sequence_position = 1
    AND awaiting IS NULL
  UNION ALL
  SELECT * FROM message_queue
  WHERE user_id = $1 AND status IN ('queued', 'approved') AND awaiting IS NOT NULL
) AS head
ORDER BY priority, delayable, scheduled_for, id LIMIT $2)sql";

std::optional<MessageId> optional_id_from(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return MessageId{field.as<std::string>()};
}

std::optional<SentMessage> sent_from(const pqxx::row& row) {
  if (row["sent_id"].is_null()) return std::nullopt;
  SentMessage sent;
  sent.id = MessageId{row["sent_id"].as<std::string>()};
  sent.status = row["sent_status"].as<std::string>();
  sent.provider = row["provider"].as<std::string>();
  sent.provider_message_id = row["provider_message_id"].as<std::string>();
  sent.error_code = row["error_code"].as<std::string>();
  sent.attempts = row["attempts"].as<int>();
  sent.waiting_for = row["waiting_for"].as<std::string>();
  sent.next_attempt_at = optional_instant_from(row["next_attempt_at"]);
  sent.sent_at = optional_instant_from(row["sent_at"]);
  sent.delivered_at = optional_instant_from(row["delivered_at"]);
  return sent;
}

MessageRecord record_from(const pqxx::row& row) {
  MessageRecord record;
  record.id = MessageId{row["id"].as<std::string>()};
  record.user = UserId{row["user_id"].as<std::string>()};
  record.agent = AgentId{row["agent_id"].as<std::string>()};
  record.conversation_id = row["conversation_id"].as<std::string>();
  record.content = row["content"].as<std::string>();
  record.priority = priority_from_text(row["priority"].c_str()).value();
  record.can_delay = row["can_delay"].as<bool>();
  record.status = row["status"].as<std::string>();
  record.status_reason = row["status_reason"].as<std::string>();
  record.awaiting = question_from_text(row["awaiting"].c_str());
  record.scheduled_for = instant_from(row["scheduled_for"]);
  record.expires_at = optional_instant_from(row["expires_at"]);
  record.created_at = instant_from(row["created_at"]);
  record.promoted_at = optional_instant_from(row["promoted_at"]);
  record.supersede_key = row["supersede_key"].as<std::string>();
  record.superseded_by = optional_id_from(row["superseded_by"]);
  record.sequence_id = row["sequence_id"].as<std::string>();
  record.sequence_position = row["sequence_position"].as<int>();
  record.sequence_total = row["sequence_total"].as<int>();
  record.sent = sent_from(row);
  return record;
}

void read_history(Transaction& transaction, MessageRecord& record) {
  record.history.push_back({record.created_at, "queued", "", std::nullopt});
  for (const auto& row : transaction.run(kHistory, record.user.value, record.id.value)) {
    record.history.push_back({instant_from(row["at"]), row["action_type"].as<std::string>(),
                              row["reason"].as<std::string>(), optional_instant_from(row["until"])});
  }
  if (!record.sent) return;
  if (record.sent->sent_at) record.history.push_back({*record.sent->sent_at, "sent", "", std::nullopt});
  if (record.sent->delivered_at) {
    record.history.push_back({*record.sent->delivered_at, "delivered", "", std::nullopt});
  }
}

}  // namespace

std::optional<MessageRecord> MessageStore::find(const MessageId& id) {
  if (!is_uuid(id.value)) return std::nullopt;
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<MessageRecord> {
    const auto rows = transaction.run(kFind, id.value);
    if (rows.empty()) return std::nullopt;
    MessageRecord record = record_from(rows[0]);
    read_history(transaction, record);
    return record;
  });
}

Cancellation MessageStore::cancel(const MessageId& id, const std::string& reason, Instant now) {
  using Outcome = Cancellation::Outcome;
  if (!is_uuid(id.value)) return {};
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) -> Cancellation {
    const auto owner = transaction.run(kOwner, id.value);
    if (owner.empty()) return {};
    const auto user = owner[0][0].as<std::string>();
    // The lock that passes take first: a message is either on its way or cancelled, never both.
    transaction.run(kLockUser, user);
    transaction.run(kCancel, id.value, user, reason, format_instant(now));
    const auto status = transaction.run1(kStatus, id.value, user)[0].as<std::string>();
    return {status == "cancelled" ? Outcome::cancelled : Outcome::not_waiting, status};
  });
}

std::optional<UserSnapshot> MessageStore::snapshot_of(const UserId& user, std::size_t most) {
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<UserSnapshot> {
    const auto facts = transaction.run(kFacts, user.value);
    if (facts.empty()) return std::nullopt;
    UserSnapshot line{facts_from(facts[0]), {}};
    const auto waiting = transaction.run(kLine, user.value, most + 1);
    for (const auto& row : waiting) line.waiting.messages.push_back(message_from(row));
    line.waiting.is_all = waiting.size() <= most;
    read_parts(transaction, {{user, line.waiting}});
    return line;
  });
}

}  // namespace orchestrator::storage
