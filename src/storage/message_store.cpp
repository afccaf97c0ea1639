#include "storage/message_store.hpp"

#include "orchestrator/uuid_v7.hpp"
#include "storage/queue_rows.hpp"
#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

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

MessageRecord message_record_from(const pqxx::row& row) {
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
  for (const auto& row : transaction.run(sql::read_message_history, record.user.value, record.id.value)) {
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
    const auto rows = transaction.run(sql::find_message, id.value);
    if (rows.empty()) return std::nullopt;
    MessageRecord record = message_record_from(rows[0]);
    read_history(transaction, record);
    return record;
  });
}

Cancellation MessageStore::cancel(const MessageId& id, const std::string& reason, Instant now) {
  using Outcome = Cancellation::Outcome;
  if (!is_uuid(id.value)) return {};
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) -> Cancellation {
    const auto owner = transaction.run(sql::find_user_of_message, id.value);
    if (owner.empty()) return {};
    const auto user = owner[0][0].as<std::string>();
    // Passes take this lock first, too: a message is either promoted or cancelled, never both.
    transaction.run(sql::lock_user_budget, user);
    transaction.run(sql::cancel_message, id.value, user, reason, format_instant(now));
    const auto status = transaction.run1(sql::read_message_status, id.value, user)[0].as<std::string>();
    return {status == "cancelled" ? Outcome::cancelled : Outcome::not_waiting, status};
  });
}

std::optional<UserSnapshot> MessageStore::snapshot_of(const UserId& user, std::size_t limit) {
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<UserSnapshot> {
    const auto facts = transaction.run(sql::read_facts_of_user, user.value);
    if (facts.empty()) return std::nullopt;
    UserSnapshot snapshot{facts_from(facts[0]), {}};
    const auto rows = transaction.run(sql::read_whole_queue, user.value, limit + 1);
    for (const auto& row : rows) snapshot.waiting.messages.push_back(message_from(row));
    snapshot.waiting.is_truncated = rows.size() > limit;
    read_parts(transaction, {{user, snapshot.waiting}});
    return snapshot;
  });
}

}  // namespace orchestrator::storage
