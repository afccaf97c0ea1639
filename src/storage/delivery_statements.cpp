#include "storage/delivery_statements.hpp"

#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

// A person's messages go one after the other, in order. What the night holds does not hinder replies, which
// need not heed the night; nor does it keep what is scheduled behind it from being looked at, once: that
// waits with it (kReadPending, held_until), until the end of the night, when they go in order. Each is looked
// up: NOT EXISTS would be joined, and a planner without statistics reads everybody's line for it.
std::string is_first(const std::string& now) {
  return R"sql(
  (SELECT other.id FROM messages AS other
   WHERE other.user_id = message.user_id AND other.direction = 'outbound' AND other.status = 'sending'
   LIMIT 1) IS NULL
  AND (SELECT older.id FROM messages AS older
       WHERE older.user_id = message.user_id AND older.direction = 'outbound' AND older.status = 'pending'
         AND (older.created_at, older.id) < (message.created_at, message.id)
         AND (older.waiting_for IS DISTINCT FROM 'quiet_hours'
              OR message.purpose IS NULL AND older.next_attempt_at <= )sql" +
         now + R"sql(::timestamptz)
       LIMIT 1) IS NULL)sql";
}

}  // namespace

const std::string kCandidates = R"sql(
SELECT id, user_id FROM (
  SELECT * FROM (SELECT 1 AS lane, message.id, message.user_id
   FROM messages AS reply
   CROSS JOIN LATERAL (
     SELECT id, user_id, next_attempt_at FROM messages
     WHERE user_id = reply.user_id AND direction = 'outbound' AND status = 'pending'
       AND waiting_for IS DISTINCT FROM 'quiet_hours'
     ORDER BY created_at, id LIMIT 1) AS head
   JOIN messages AS message ON message.id = head.id AND message.user_id = head.user_id
   WHERE reply.direction = 'outbound' AND reply.status = 'pending' AND reply.purpose IS NOT NULL
     AND (head.next_attempt_at IS NULL OR head.next_attempt_at <= $1::timestamptz)
     AND (SELECT other.id FROM messages AS other
          WHERE other.user_id = reply.user_id AND other.direction = 'outbound' AND other.status = 'sending'
          LIMIT 1) IS NULL
   ORDER BY reply.created_at, reply.id LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS replies
  UNION ALL
  SELECT * FROM (SELECT 2 AS lane, message.id, message.user_id
   FROM messages AS message
   WHERE message.direction = 'outbound' AND message.status = 'pending'
     AND message.next_attempt_at <= $1::timestamptz AND)sql" +
                                is_first("$1") + R"sql(
   ORDER BY message.next_attempt_at LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS waiting
  UNION ALL
  SELECT * FROM (SELECT 3 AS lane, message.id, message.user_id
   FROM messages AS message
   WHERE message.direction = 'outbound' AND message.status = 'pending' AND message.next_attempt_at IS NULL
     AND)sql" + is_first("$1") + R"sql(
   ORDER BY message.created_at, message.id LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS fresh
) AS ready
ORDER BY lane)sql";

const char* const kTakePeople = R"sql(
SELECT user_id FROM unnest($1::text[]) AS named (user_id)
WHERE pg_try_advisory_xact_lock(hashtext('delivery'), hashtext(user_id)))sql";

// OFFSET 0: by the key of each candidate, never by an index of all that is pending. held_until is that of the
// latest that the night holds; max() would be looked for among all that waits. budget_version changes with
// whatever the person does, and with their settings: triggers write the row.
const std::string kReadPending =
    R"sql(
SELECT message.id, message.user_id, message.content, message.attempts, coalesce(message.purpose, '') AS purpose,
       coalesce(users.phone_number, '') AS phone_number, micros(queue.expires_at) AS expires_at,
       CASE WHEN message.purpose IS NULL THEN (
         SELECT micros(older.next_attempt_at) FROM messages AS older
         WHERE older.user_id = message.user_id AND older.direction = 'outbound' AND older.status = 'pending'
           AND older.waiting_for = 'quiet_hours'
           AND (older.created_at, older.id) < (message.created_at, message.id)
         ORDER BY older.created_at DESC, older.id DESC LIMIT 1) END AS held_until,
       coalesce(budget.xmin::text, '') AS budget_version,)sql" +
    kFactsColumns + R"sql(
FROM unnest($1::text[], $2::uuid[]) AS candidate (user_id, id)
CROSS JOIN LATERAL (
  SELECT * FROM messages WHERE id = candidate.id AND user_id = candidate.user_id OFFSET 0
) AS message
LEFT JOIN users ON users.id = message.user_id
LEFT JOIN user_message_budget AS budget ON budget.user_id = message.user_id
LEFT JOIN message_queue AS queue ON queue.id = message.queue_id AND queue.user_id = message.user_id
WHERE message.direction = 'outbound' AND message.status = 'pending'
  AND (message.next_attempt_at IS NULL OR message.next_attempt_at <= $3::timestamptz)
  AND)sql" +
    is_first("$3") + R"sql(
ORDER BY message.created_at, message.id
FOR NO KEY UPDATE OF message SKIP LOCKED)sql";

// What is not sent at once is written down. What is scheduled behind a message that waits for the end of the
// night waits with it: it neither keeps replies from passing, nor is looked at before the morning.
//
// Somebody may write, or have their settings changed, just while the night is found to hold their message:
// then nobody would wake it (wake_deliveries does not see it wait). Whose budget row is as it was read, and
// is had, until the commit, will be woken; whoever else is looked at again in a second.
const char* const kApplyClaim = R"sql(
WITH asked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS asked (
    id uuid, user_id text, status text, error_code text, next_attempt_at timestamptz, waiting_for text,
    budget_version text)
), unchanged AS MATERIALIZED (
  SELECT budget.user_id
  FROM asked JOIN user_message_budget AS budget
    ON budget.user_id = asked.user_id AND budget.xmin::text = asked.budget_version
  WHERE asked.waiting_for = 'quiet_hours'
  FOR NO KEY UPDATE OF budget SKIP LOCKED
), decided AS MATERIALIZED (
  SELECT id, user_id, status, error_code, waiting_for,
         CASE WHEN waiting_for = 'quiet_hours' AND budget_version <> ''
                   AND user_id NOT IN (SELECT user_id FROM unchanged)
              THEN least(next_attempt_at, $5::timestamptz + interval '1 second')
              ELSE next_attempt_at END AS next_attempt_at
  FROM asked
), claimed AS (
  UPDATE messages AS message
  SET status = decided.status, error_code = decided.error_code, next_attempt_at = decided.next_attempt_at,
      waiting_for = decided.waiting_for,
      provider = CASE decided.status WHEN 'pending' THEN message.provider ELSE $2 END,
      attempts = message.attempts + (decided.status = 'sending')::int,
      attempted_at = CASE decided.status WHEN 'sending' THEN $5::timestamptz ELSE message.attempted_at END,
      lease_token = CASE decided.status WHEN 'sending' THEN $3::uuid END,
      lease_until = CASE decided.status WHEN 'sending' THEN $4::timestamptz END
  FROM decided
  WHERE message.id = decided.id AND message.user_id = decided.user_id
  RETURNING message.id, message.user_id, message.queue_id, message.status, message.error_code,
            message.waiting_for, message.next_attempt_at
), behind AS (
  SELECT message.id, message.user_id, decided.next_attempt_at, decided.waiting_for
  FROM decided JOIN messages AS message ON message.user_id = decided.user_id AND message.id <> decided.id
  WHERE decided.waiting_for = 'quiet_hours'
    AND message.direction = 'outbound' AND message.status = 'pending' AND message.next_attempt_at IS NULL
    AND message.purpose IS NULL
  FOR NO KEY UPDATE OF message SKIP LOCKED
), held AS (
  UPDATE messages AS message SET next_attempt_at = behind.next_attempt_at, waiting_for = behind.waiting_for
  FROM behind WHERE message.id = behind.id AND message.user_id = behind.user_id
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT 'message_orchestrator', CASE status WHEN 'pending' THEN 'send_deferred' ELSE 'send_failed' END, user_id,
       jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
       jsonb_build_object('reason', coalesce(waiting_for, error_code), 'until', next_attempt_at), error_code,
       $5::timestamptz
FROM claimed WHERE status <> 'sending')sql";

const char* const kRateRow = R"sql(
INSERT INTO orchestrator_settings (name, value) VALUES ('next_send:' || $1::text, micros($2::timestamptz)::text)
ON CONFLICT (name) DO NOTHING)sql";

const char* const kLockRate = R"sql(
SELECT value::bigint FROM orchestrator_settings WHERE name = 'next_send:' || $1::text FOR NO KEY UPDATE)sql";

const char* const kSpendRate = R"sql(
UPDATE orchestrator_settings SET value = micros($2::timestamptz)::text WHERE name = 'next_send:' || $1::text)sql";

// Taken back before anything was handed out. The rate that it has spent stays spent, which costs a moment.
const char* const kGiveBack = R"sql(
WITH ours AS (
  SELECT id, user_id FROM messages
  WHERE direction = 'outbound' AND status = 'sending' AND lease_token = ANY ($1::uuid[])
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE messages AS message
SET status = 'pending', attempts = message.attempts - 1, lease_token = NULL, lease_until = NULL,
    provider = CASE WHEN message.attempts > 1 THEN message.provider END,
    attempted_at = CASE WHEN message.attempts > 1 THEN message.attempted_at END
FROM ours WHERE message.id = ours.id AND message.user_id = ours.user_id)sql";

// Accepted ones need no line in the log: the row itself tells. A row that somebody holds is left alone: it
// still has the token when the statement begins, and cannot be had.
const char* const kRecord = R"sql(
WITH result AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS result (
    id uuid, user_id text, token uuid, status text, provider_message_id text, error_code text,
    next_attempt_at timestamptz, waiting_for text)
), ours AS MATERIALIZED (
  SELECT message.id, message.user_id
  FROM result JOIN messages AS message ON message.id = result.id AND message.user_id = result.user_id
  WHERE message.status = 'sending' AND message.lease_token = result.token
), had AS MATERIALIZED (
  SELECT message.id, message.user_id
  FROM result JOIN messages AS message ON message.id = result.id AND message.user_id = result.user_id
  WHERE message.status = 'sending' AND message.lease_token = result.token
  FOR NO KEY UPDATE OF message SKIP LOCKED
), recorded AS (
  UPDATE messages AS message
  SET status = result.status, error_code = result.error_code,
      provider_message_id = coalesce(result.provider_message_id, message.provider_message_id),
      sent_at = CASE WHEN result.status = 'sent' THEN $2::timestamptz END,
      next_attempt_at = result.next_attempt_at, waiting_for = result.waiting_for, look_ups = 0,
      lease_token = NULL, lease_until = NULL
  FROM result JOIN had USING (id, user_id)
  WHERE message.id = had.id AND message.user_id = had.user_id
  RETURNING message.id, message.user_id, message.queue_id, message.status, message.error_code,
            message.next_attempt_at, message.attempts, message.provider
), logged AS (
  INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, created_at)
  SELECT 'message_orchestrator',
         CASE status WHEN 'pending' THEN 'send_retry' WHEN 'failed' THEN 'send_failed' ELSE 'send_unknown' END,
         user_id, jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
         jsonb_build_object('reason', error_code, 'until', next_attempt_at, 'attempt', attempts,
                            'provider', provider),
         error_code, $2::timestamptz
  FROM recorded WHERE status <> 'sent'
)
SELECT id, id NOT IN (SELECT id FROM had) AS is_held FROM ours)sql";

const char* const kOptOut = R"sql(
UPDATE users SET opted_out_at = $2::timestamptz
WHERE id = ANY ($1::text[]) AND opted_out_at IS NULL)sql";

const char* const kExpireLeases = R"sql(
WITH ended AS (
  SELECT id, user_id FROM messages
  WHERE direction = 'outbound' AND status = 'sending' AND lease_until <= $1::timestamptz
  FOR NO KEY UPDATE SKIP LOCKED
), expired AS (
  UPDATE messages AS message
  SET status = 'unknown', error_code = 'lease_expired', lease_token = NULL, lease_until = NULL,
      next_attempt_at = $1::timestamptz, look_ups = 0
  FROM ended WHERE message.id = ended.id AND message.user_id = ended.user_id
  RETURNING message.id, message.user_id, message.queue_id, message.attempts, message.provider
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT 'message_orchestrator', 'send_unknown', user_id,
       jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
       jsonb_build_object('reason', 'lease_expired', 'attempt', attempts, 'provider', provider),
       'lease_expired', $1::timestamptz
FROM expired)sql";

const char* const kNextDue = R"sql(
SELECT micros(least(
  (SELECT next_attempt_at FROM messages
   WHERE direction = 'outbound' AND status = 'pending' AND next_attempt_at > $1::timestamptz
   ORDER BY next_attempt_at LIMIT 1),
  (SELECT next_attempt_at FROM messages
   WHERE direction = 'outbound' AND status = 'unknown' AND next_attempt_at > $1::timestamptz
   ORDER BY next_attempt_at LIMIT 1))))sql";

// Nobody else looks into them before $3.
const char* const kClaimUnsettled = R"sql(
WITH due AS (
  SELECT id, user_id FROM messages
  WHERE direction = 'outbound' AND status = 'unknown' AND next_attempt_at <= $2::timestamptz AND provider = $1
  ORDER BY next_attempt_at LIMIT $4
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE messages AS message SET next_attempt_at = $3::timestamptz, look_ups = message.look_ups + 1
FROM due LEFT JOIN users ON users.id = due.user_id
WHERE message.id = due.id AND message.user_id = due.user_id
RETURNING message.id, message.user_id, message.content, message.attempts, message.look_ups,
          coalesce(users.phone_number, '') AS phone_number,
          micros(coalesce(message.attempted_at, message.created_at)) AS attempted_at)sql";

// With it, whether a message with the same words is in doubt too: then nobody can say which of them it is.
const char* const kLockUnsettled = R"sql(
SELECT message.resent,
       EXISTS (SELECT FROM messages AS twin
               WHERE twin.user_id = message.user_id AND twin.id <> message.id AND twin.direction = 'outbound'
                 AND twin.status IN ('sending', 'unknown') AND twin.content = message.content
                 AND twin.created_at > message.created_at - interval '1 day') AS has_twin
FROM messages AS message
WHERE message.id = $1::uuid AND message.user_id = $2 AND message.status = 'unknown'
FOR NO KEY UPDATE OF message)sql";

const char* const kOthersOfProvider = R"sql(
SELECT provider_message_id FROM messages
WHERE provider_message_id = ANY ($1::text[]) AND provider = $2 AND id <> $3::uuid)sql";

const char* const kLeaveUnsettled = R"sql(
UPDATE messages SET next_attempt_at = $3::timestamptz WHERE id = $1::uuid AND user_id = $2)sql";

const char* const kResend = R"sql(
WITH resent AS (
  UPDATE messages
  SET status = 'pending', resent = true, next_attempt_at = NULL, waiting_for = NULL
  WHERE id = $1::uuid AND user_id = $2
  RETURNING id, user_id, queue_id, error_code
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT 'message_orchestrator', 'resent', user_id,
       jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
       jsonb_build_object('reason', error_code), error_code, $3::timestamptz
FROM resent)sql";

// States only move forward, whatever the order in which reports come. That an earlier copy failed says
// nothing of the one that has been sent instead.
const char* const kReport = R"sql(
WITH report AS MATERIALIZED (
  SELECT *, CASE status WHEN 'sent' THEN 1 ELSE 2 END AS rank, ordinality AS position
  FROM ROWS FROM (json_to_recordset($1::json) AS (
    provider text, provider_message_id text, message uuid, status text, error_code text)) WITH ORDINALITY
), named AS (
  SELECT message.id, message.user_id, report.*
  FROM report JOIN messages AS message ON message.id = report.message
  UNION ALL
  SELECT message.id, message.user_id, report.*
  FROM report JOIN messages AS message
    ON message.provider_message_id = report.provider_message_id AND message.provider = report.provider
  WHERE report.message IS NULL
), latest AS (
  SELECT DISTINCT ON (id, user_id) * FROM named ORDER BY id, user_id, rank DESC, position
), changed AS (
  UPDATE messages AS message
  SET status = latest.status,
      error_code = CASE WHEN latest.status IN ('sent', 'delivered') THEN NULL
                        ELSE coalesce(latest.error_code, message.error_code) END,
      provider = latest.provider,
      provider_message_id = coalesce(nullif(latest.provider_message_id, ''), message.provider_message_id),
      sent_at = CASE WHEN latest.status = 'failed' THEN message.sent_at
                     ELSE coalesce(message.sent_at, $2::timestamptz) END,
      delivered_at = CASE latest.status WHEN 'delivered' THEN $2::timestamptz END,
      lease_token = NULL, lease_until = NULL, next_attempt_at = NULL, waiting_for = NULL
  FROM latest
  WHERE message.id = latest.id AND message.user_id = latest.user_id AND message.direction = 'outbound'
    AND (message.provider IS NULL OR message.provider = latest.provider)
    AND (message.status IN ('pending', 'sending', 'unknown') AND message.attempts > 0
         OR message.status = 'sent' AND latest.status <> 'sent')
    AND (latest.status IN ('sent', 'delivered')
         OR coalesce(message.provider_message_id, latest.provider_message_id) = latest.provider_message_id
            AND NOT (message.resent AND message.status IN ('pending', 'sending')))
  RETURNING message.id, message.user_id, message.queue_id, message.status, message.error_code
), logged AS (
  INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, created_at)
  SELECT 'message_orchestrator', 'send_failed', user_id,
         jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
         jsonb_build_object('reason', coalesce(error_code, status)), error_code, $2::timestamptz
  FROM changed WHERE status IN ('failed', 'undelivered')
)
SELECT user_id, status, coalesce(error_code, '') AS error_code FROM changed)sql";

}  // namespace orchestrator::storage
