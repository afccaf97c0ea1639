#include "storage/contact_rows.hpp"

#include "storage/parameters.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kLock = R"sql(
SELECT contact_id, turn_id, token FROM inbound_contacts WHERE user_id = $1 FOR NO KEY UPDATE)sql";

constexpr const char* kFindPerson = R"sql(
SELECT coalesce((SELECT id FROM users WHERE id = $1), (SELECT id FROM users WHERE phone_number = $2)))sql";

constexpr const char* kReadLine = R"sql(
SELECT count(waiting.id) AS waiting, micros(min(waiting.received_at)) AS oldest,
       micros(max(waiting.received_at)) AS newest, micros(contact.recent[cardinality(contact.recent) - 3]) AS fourth
FROM inbound_contacts AS contact
LEFT JOIN inbound_queue AS waiting ON waiting.user_id = contact.user_id AND waiting.status = 'waiting'
WHERE contact.user_id = $1
GROUP BY contact.user_id)sql";

constexpr const char* kArm = R"sql(
UPDATE inbound_contacts SET turn_id = NULL, token = NULL, next_turn_at = $2::timestamptz WHERE user_id = $1)sql";

constexpr const char* kCount = R"sql(
UPDATE inbound_counters
SET received = received + $1, duplicates = duplicates + $2, dropped = dropped + $3, flushed = flushed + $4,
    processed = processed + $5, failed = failed + $6, turns = turns + $7, failed_turns = failed_turns + $8,
    errors = errors + $9, timeouts = timeouts + $10, processing_ms = processing_ms + $11
WHERE shard = pg_backend_pid() % 16)sql";

constexpr const char* kLog = R"sql(
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, latency_ms, created_at)
SELECT 'message_coordinator', action, user_id, input, output, error, latency_ms, $2::timestamptz
FROM json_to_recordset($1::json) AS entry (
  action text, user_id text, input jsonb, output jsonb, error text, latency_ms integer))sql";

constexpr const char* kLockBudget = "SELECT FROM user_message_budget WHERE user_id = $1 FOR NO KEY UPDATE";

const std::string kReadFacts = "SELECT" + kFactsColumns + R"sql(
FROM users JOIN user_message_budget AS budget ON budget.user_id = users.id
WHERE users.id = $1)sql";

constexpr const char* kSay = R"sql(
INSERT INTO messages (id, user_id, direction, role, content, status, purpose, created_at)
VALUES ($1, $2, 'outbound', $3, $4, 'pending', $5, $6::timestamptz))sql";

constexpr const char* kStoreCounters = R"sql(
UPDATE user_message_budget
SET date = $2::date, messages_sent = $3, last_message_at = $4::timestamptz, recent_sends = $5::timestamptz[]
WHERE user_id = $1)sql";

const char* purpose_text(Saying::Purpose purpose) {
  switch (purpose) {
    case Saying::Purpose::reply:
      return "reply";
    case Saying::Purpose::consent:
      return "consent";
  }
  std::abort();
}

}  // namespace

std::optional<Contact> lock_contact(Transaction& transaction, const UserId& user) {
  const auto rows = transaction.run(kLock, user.value);
  if (rows.empty()) return std::nullopt;
  return Contact{user, rows[0]["contact_id"].as<std::string>(),
                 optional_from<std::string>(rows[0]["turn_id"]),
                 optional_from<std::string>(rows[0]["token"])};
}

std::optional<UserId> find_person(Transaction& transaction, const std::string& contact_id,
                                  const std::optional<std::string>& phone_number) {
  const auto id = transaction.run1(kFindPerson, contact_id, phone_number)[0];
  if (id.is_null()) return std::nullopt;
  return UserId{id.as<std::string>()};
}

void arm_for_next_turn(Transaction& transaction, const UserId& user, Instant now, const InboundRules& rules) {
  const auto row = transaction.run1(kReadLine, user.value);
  const auto waiting = row["waiting"].as<std::size_t>();
  std::optional<Instant> next;
  if (waiting > 0) {
    next = rules.next_turn_at(now, {waiting, instant_from(row["oldest"]), instant_from(row["newest"]),
                                    optional_instant_from(row["fourth"])});
  }
  transaction.run(kArm, user.value, format_optional(next));
}

void add_to_counters(Transaction& transaction, const InboundCounts& counts) {
  transaction.run(kCount, counts.received, counts.duplicates, counts.dropped, counts.flushed,
                  counts.processed, counts.failed, counts.turns, counts.failed_turns, counts.errors,
                  counts.timeouts, counts.processing_ms);
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
  transaction.run(kLog, rows.take(), format_instant(now));
}

MessageId say(Transaction& transaction, const UserId& user, const Saying& saying, Instant now,
              const InboundRules& rules, UuidV7Source& ids) {
  transaction.run(kLockBudget, user.value);
  const StoredCounters counted(rules.count_send(now, facts_from(transaction.run1(kReadFacts, user.value))));
  const MessageId id = ids.next(now);
  transaction.run(kSay, id.value, user.value, saying.role, saying.text, purpose_text(saying.purpose),
                  format_instant(now));
  transaction.run(kStoreCounters, user.value, counted.date, counted.messages_sent,
                  format_optional(counted.last_message_at), counted.recent_sends);
  return id;
}

}  // namespace orchestrator::storage
