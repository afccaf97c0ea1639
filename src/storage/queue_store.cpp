#include "storage/queue_store.hpp"

#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

// Rows go in by position, which is the order of their ids. Returns the positions of those without a user.
constexpr const char* kInsert = R"sql(
WITH draft AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS draft (
    position integer, id uuid, user_id text, agent_id text, conversation_id text, message_data jsonb,
    priority message_priority, can_delay boolean, requires_fresh_context boolean, scheduled_for timestamptz,
    expires_at timestamptz, idempotency_key text, supersede_key text)
), inserted AS (
  INSERT INTO message_queue (id, user_id, agent_id, conversation_context_id, message_data, priority, can_delay,
                             requires_fresh_context, scheduled_for, expires_at, idempotency_key, supersede_key,
                             created_at)
  SELECT draft.id, draft.user_id, agent_id, conversation_id, message_data, priority, can_delay,
         requires_fresh_context, scheduled_for, expires_at, idempotency_key, supersede_key, $2::timestamptz
  FROM draft JOIN users ON users.id = draft.user_id
  ORDER BY position
  ON CONFLICT (id, user_id) DO NOTHING
)
SELECT position FROM draft
WHERE NOT EXISTS (SELECT FROM users WHERE users.id = draft.user_id))sql";

std::string drafts_as_json(const std::vector<const QueueStore::Draft*>& drafts) {
  JsonRows rows;
  std::int64_t position = 0;
  for (const auto* draft : drafts) {
    const ScheduleRequest& request = draft->request;
    rows.begin_row();
    rows.number("position", position++);
    rows.text("id", draft->id.value);
    rows.text("user_id", request.user.value);
    rows.text("agent_id", request.agent.value);
    rows.optional_text("conversation_id", request.conversation_id);
    rows.json("message_data", request.message_data);
    rows.text("priority", to_text(request.priority));
    rows.boolean("can_delay", request.can_delay);
    rows.boolean("requires_fresh_context", request.requires_fresh_context);
    rows.instant("scheduled_for", request.scheduled_for);
    rows.instant("expires_at", request.expires_at);
    rows.optional_text("idempotency_key", request.idempotency_key);
    rows.optional_text("supersede_key", request.supersede_key);
  }
  return rows.take();
}

}  // namespace

std::vector<QueueStore::Outcome> QueueStore::insert(const std::vector<const Draft*>& drafts, Instant now) {
  const std::string rows = drafts_as_json(drafts);
  return in_transaction(database_, [&](Transaction& transaction) {
    transaction.exec(kDoNotWaitLong);
    std::vector<Outcome> outcomes(drafts.size(), Outcome::stored);
    for (const auto& row : transaction.exec_params(kInsert, rows, format_instant(now))) {
      outcomes[row[0].as<std::size_t>()] = Outcome::unknown_user;
    }
    return outcomes;
  });
}

}  // namespace orchestrator::storage
