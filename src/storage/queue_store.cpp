#include "storage/queue_store.hpp"

#include <set>

#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

// Waits for nobody: one person whose row is held must not hold up the others of the group.
constexpr const char* kLockUsers = R"sql(
SELECT user_id FROM user_message_budget WHERE user_id = ANY ($1::text[])
FOR NO KEY UPDATE SKIP LOCKED)sql";

constexpr const char* kFindUsers = R"sql(
SELECT user_id FROM user_message_budget WHERE user_id = ANY ($1::text[]))sql";

// Whose earlier messages with these keys somebody holds, though not the user's row: replacing them, which the
// trigger does, would wait.
constexpr const char* kFindHeldEarlier = R"sql(
WITH earlier AS MATERIALIZED (
  SELECT queue.id, queue.user_id
  FROM unnest($1::text[], $2::text[]) AS draft (user_id, supersede_key)
  JOIN message_queue AS queue ON queue.user_id = draft.user_id AND queue.supersede_key = draft.supersede_key
  WHERE queue.status IN ('queued', 'approved')
), had AS MATERIALIZED (
  SELECT queue.id FROM earlier JOIN message_queue AS queue USING (id, user_id)
  FOR NO KEY UPDATE OF queue SKIP LOCKED
)
SELECT DISTINCT user_id FROM earlier WHERE id NOT IN (SELECT id FROM had))sql";

// A statement of its own, after the locks: it must see what the previous holder committed.
constexpr const char* kExamine = R"sql(
SELECT draft.position,
       same_key.id AS key_id, micros(same_key.scheduled_for) AS key_scheduled_for,
       encode(same_key.request_hash, 'hex') AS key_hash,
       same_content.id AS content_id, micros(same_content.scheduled_for) AS content_scheduled_for,
       waiting.count AS waiting
FROM json_to_recordset($1::json) AS draft (
  position integer, user_id text, idempotency_key text, content_hash text)
LEFT JOIN LATERAL (
  SELECT id, scheduled_for, request_hash FROM message_queue
  WHERE user_id = draft.user_id AND idempotency_key = draft.idempotency_key
  ORDER BY id LIMIT 1
) AS same_key ON draft.idempotency_key IS NOT NULL
LEFT JOIN LATERAL (
  SELECT id, scheduled_for FROM message_queue
  WHERE user_id = draft.user_id AND content_hash = decode(draft.content_hash, 'hex')
    AND created_at > $2::timestamptz AND status IN ('queued', 'approved', 'sent')
  ORDER BY created_at, id LIMIT 1
) AS same_content ON draft.content_hash IS NOT NULL
CROSS JOIN LATERAL (
  SELECT count(*) FROM (
    SELECT FROM message_queue
    WHERE user_id = draft.user_id AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL LIMIT $3
  ) AS counted
) AS waiting)sql";

// Rows go in by position, which is the order of their ids.
constexpr const char* kInsert = R"sql(
INSERT INTO message_queue (id, user_id, agent_id, conversation_context_id, message_data, priority, can_delay,
                           requires_fresh_context, scheduled_for, expires_at, idempotency_key, request_hash,
                           content_hash, supersede_key, sequence_id, sequence_position, sequence_total, ready,
                           created_at)
SELECT id, user_id, agent_id, conversation_id, message_data, priority, can_delay, requires_fresh_context,
       scheduled_for, expires_at, idempotency_key, decode(request_hash, 'hex'), decode(content_hash, 'hex'),
       supersede_key, sequence_id, sequence_position, sequence_total, coalesce(sequence_position, 1) = 1,
       $2::timestamptz
FROM json_to_recordset($1::json) AS draft (
  position integer, id uuid, user_id text, agent_id text, conversation_id text, message_data jsonb,
  priority message_priority, can_delay boolean, requires_fresh_context boolean, scheduled_for timestamptz,
  expires_at timestamptz, idempotency_key text, request_hash text, content_hash text, supersede_key text,
  sequence_id text, sequence_position integer, sequence_total integer)
ORDER BY position
ON CONFLICT (id, user_id) DO NOTHING)sql";

constexpr const char* kLogDuplicates = R"sql(
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'duplicate', user_id, jsonb_build_object('agent_id', agent_id),
       jsonb_build_object('reason', 'duplicate', 'duplicate_of', duplicate_of), $2::timestamptz
FROM json_to_recordset($1::json) AS repeated (user_id text, agent_id text, duplicate_of text))sql";

using Drafts = std::vector<const Submission*>;

std::string questions_as_json(const Drafts& drafts) {
  JsonRows rows;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const ScheduleRequest& request = drafts[i]->request;
    rows.begin_row();
    rows.number("position", static_cast<std::int64_t>(i));
    rows.text("user_id", request.user.value);
    rows.optional_text("idempotency_key", request.idempotency_key);
    const bool is_checked = !request.idempotency_key && !request.allow_duplicate;
    if (is_checked) rows.text("content_hash", request.content_hash);
  }
  return rows.take();
}

void add_part(JsonRows& rows, const Submission& draft, std::size_t part, std::int64_t position) {
  const ScheduleRequest& request = draft.request;
  rows.begin_row();
  rows.number("position", position);
  rows.text("id", draft.ids[part].value);
  rows.text("user_id", request.user.value);
  rows.text("agent_id", request.agent.value);
  rows.optional_text("conversation_id", request.conversation_id);
  rows.json("message_data", request.parts[part]);
  rows.text("priority", to_text(request.priority));
  rows.boolean("can_delay", request.can_delay);
  rows.boolean("requires_fresh_context", request.requires_fresh_context);
  rows.instant("scheduled_for", request.scheduled_for);
  rows.instant("expires_at", request.expires_at);
  rows.optional_text("supersede_key", request.supersede_key);
  if (part == 0) {
    // Of the whole request; on its first part only, for a key is unique to a row.
    rows.optional_text("idempotency_key", request.idempotency_key);
    rows.text("request_hash", request.request_hash);
    rows.text("content_hash", request.content_hash);
  }
  if (draft.ids.size() > 1) {
    rows.text("sequence_id", draft.id().value);
    rows.number("sequence_position", static_cast<std::int64_t>(part) + 1);
    rows.number("sequence_total", static_cast<std::int64_t>(draft.ids.size()));
  }
}

using UserIds = std::set<std::string>;

UserIds users_of(Transaction& transaction, const char* statement, const UserIds& wanted) {
  UserIds users;
  for (const auto& row :
       transaction.run(statement, text_array(std::vector<std::string>(wanted.begin(), wanted.end())))) {
    users.insert(row[0].as<std::string>());
  }
  return users;
}

// Who is locked now, who is not to be had, and who is unknown.
std::vector<SubmissionFacts> lock_users(Transaction& transaction, const Drafts& drafts) {
  UserIds wanted;
  for (const Submission* draft : drafts) wanted.insert(draft->request.user.value);
  const UserIds locked = users_of(transaction, kLockUsers, wanted);
  const UserIds known = locked.size() == wanted.size() ? locked : users_of(transaction, kFindUsers, wanted);
  std::vector<SubmissionFacts> facts(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const std::string& user = drafts[i]->request.user.value;
    facts[i].user_exists = known.contains(user);
    facts[i].is_locked = facts[i].user_exists && !locked.contains(user);
  }
  return facts;
}

void lock_earlier(Transaction& transaction, const Drafts& drafts, std::vector<SubmissionFacts>& facts) {
  std::vector<std::string> users;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (facts[i].is_locked || !drafts[i]->request.supersede_key) continue;
    users.push_back(drafts[i]->request.user.value);
    keys.push_back(*drafts[i]->request.supersede_key);
  }
  if (users.empty()) return;
  UserIds held;
  for (const auto& row : transaction.run(kFindHeldEarlier, text_array(users), text_array(keys))) {
    held.insert(row[0].as<std::string>());
  }
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    facts[i].is_locked = facts[i].is_locked || held.contains(drafts[i]->request.user.value);
  }
}

std::vector<SubmissionFacts> examine(Transaction& transaction, const Drafts& drafts,
                                     const QueueStore::Scope& scope) {
  std::vector<SubmissionFacts> facts = lock_users(transaction, drafts);
  lock_earlier(transaction, drafts, facts);
  for (const auto& row : transaction.run(kExamine, questions_as_json(drafts),
                                         format_instant(scope.duplicates_since), scope.max_waiting)) {
    SubmissionFacts& draft = facts[row["position"].as<std::size_t>()];
    draft.waiting = row["waiting"].as<std::int64_t>();
    if (!row["key_id"].is_null()) {
      draft.same_key = {MessageId{row["key_id"].as<std::string>()}, instant_from(row["key_scheduled_for"]),
                        row["key_hash"].as<std::string>("")};
    }
    if (!row["content_id"].is_null()) {
      draft.same_content = {
          MessageId{row["content_id"].as<std::string>()}, instant_from(row["content_scheduled_for"]), {}};
    }
  }
  return facts;
}

void store(Transaction& transaction, const Drafts& drafts, const std::vector<Admission>& admissions,
           Instant now) {
  JsonRows stored;
  JsonRows repeated;
  std::int64_t position = 0;
  bool any_repeated = false;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (admissions[i].kind == Admission::Kind::store) {
      for (std::size_t part = 0; part < drafts[i]->ids.size(); ++part)
        add_part(stored, *drafts[i], part, position++);
    } else if (admissions[i].kind == Admission::Kind::duplicate) {
      any_repeated = true;
      repeated.begin_row();
      repeated.text("user_id", drafts[i]->request.user.value);
      repeated.text("agent_id", drafts[i]->request.agent.value);
      repeated.text("duplicate_of", admissions[i].earlier.value);
    }
  }
  if (position > 0) transaction.run(kInsert, stored.take(), format_instant(now));
  if (any_repeated) transaction.run(kLogDuplicates, repeated.take(), format_instant(now));
}

}  // namespace

std::vector<Admission> QueueStore::insert(const Drafts& drafts, const Scope& scope, const Admit& admit) {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    auto admissions = admit(examine(transaction, drafts, scope));
    store(transaction, drafts, admissions, scope.now);
    return admissions;
  });
}

}  // namespace orchestrator::storage
