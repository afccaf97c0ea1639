#include "storage/pass_statements.hpp"

#include "storage/queue_rows.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {

// Batches are joined to their rows one index look-up each. With fresh statistics the planner might scan and
// hash the whole queue instead, ten times slower: docs/decisions.md. And an instance that is frozen in the
// middle does not keep a thousand people's rows locked.
const char* const kPassTxSettings =
    "SET LOCAL enable_hashjoin = off; SET LOCAL "
    "enable_mergejoin = off; SET LOCAL enable_seqscan = off; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'";

// A statement of its own: what is read afterwards must be newer than the locks.
const char* const kClaim = R"sql(
SELECT user_id FROM user_message_budget
WHERE next_attempt_at <= $1::timestamptz
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

const char* const kClaimExpress = R"sql(
SELECT user_id FROM user_message_budget
WHERE next_attempt_at <= $1::timestamptz AND express
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

const std::string kReadFacts = "SELECT claimed.position - 1 AS position," + kFactsColumns + R"sql(
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
JOIN user_message_budget AS budget ON budget.user_id = claimed.user_id
JOIN users ON users.id = claimed.user_id)sql";

// Reads one more than kLineLength. Rows that somebody is editing are passed over; their edit will arm the
// user.
const std::string kReadLine = "SELECT claimed.position - 1 AS position," + kMessageColumns + R"sql(
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
CROSS JOIN LATERAL (
  SELECT * FROM message_queue
  WHERE user_id = claimed.user_id AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL
  ORDER BY priority, delayable, scheduled_for, id LIMIT 9
) AS head)sql";

// For users with a longer line: two of each kind, so that whatever is promoted, the next is known.
const std::string kReadKinds = "SELECT claimed.position - 1 AS position," + kMessageColumns + R"sql(
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
CROSS JOIN (VALUES ('urgent'::message_priority, false), ('high', false), ('medium', false), ('medium', true),
                   ('low', false), ('low', true)) AS kind (priority, delayable)
CROSS JOIN LATERAL (
  SELECT * FROM message_queue
  WHERE user_id = claimed.user_id AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL
    AND priority = kind.priority AND delayable = kind.delayable
  ORDER BY scheduled_for, id LIMIT 2
) AS head)sql";

// The parts of the sequences that stand in line.
const char* const kReadParts = R"sql(
SELECT part.user_id, part.sequence_id, part.sequence_total, part.id,
       message_text(part.final_message, part.message_data) IS NOT NULL AS has_content
FROM unnest($1::text[], $2::text[]) AS named (user_id, sequence_id)
JOIN message_queue AS part ON part.user_id = named.user_id AND part.sequence_id = named.sequence_id
WHERE part.status IN ('queued', 'approved')
ORDER BY part.user_id, part.sequence_id, part.sequence_position)sql";

// Whoever edits a row so that it may go sooner must lock its user's budget row first, which the pass holds:
// of what was read, only the status can have changed. Rows that somebody holds are left out.
const char* const kLockMessages = R"sql(
SELECT queue.id
FROM unnest($1::text[], $2::uuid[]) AS reading (user_id, id)
JOIN message_queue AS queue ON queue.id = reading.id AND queue.user_id = reading.user_id
WHERE queue.status IN ('queued', 'approved')
FOR NO KEY UPDATE OF queue SKIP LOCKED)sql";

const char* const kRefreshSequences = "SELECT refresh_sequences($1::text[], $2::text[])";

const char* const kAsk = R"sql(
UPDATE message_queue AS queue
SET awaiting = asked.awaiting, render_due_at = $2::timestamptz, render_token = NULL, render_attempts = 0
FROM json_to_recordset($1::json) AS asked (user_id text, id uuid, awaiting text)
WHERE queue.id = asked.id AND queue.user_id = asked.user_id)sql";

const char* const kClose = R"sql(
WITH closed AS (
  UPDATE message_queue AS queue SET status = $2, status_reason = $3
  FROM json_to_recordset($1::json) AS closing (user_id text, id uuid)
  WHERE queue.id = closing.id AND queue.user_id = closing.user_id
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', $2, user_id, jsonb_build_object('message_id', id, 'priority', priority),
       jsonb_build_object('reason', $3::text), $4::timestamptz
FROM closed)sql";

// Rows that somebody is editing are left for the next look.
const char* const kCancelAll = R"sql(
WITH in_line AS (
  SELECT id, user_id FROM message_queue
  WHERE user_id = ANY ($1::text[]) AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL
  FOR NO KEY UPDATE SKIP LOCKED
), parts AS (
  SELECT id, user_id FROM message_queue
  WHERE user_id = ANY ($1::text[]) AND status IN ('queued', 'approved') AND NOT ready
  FOR NO KEY UPDATE SKIP LOCKED
), asked AS (
  SELECT id, user_id FROM message_queue
  WHERE user_id = ANY ($1::text[]) AND status IN ('queued', 'approved') AND awaiting IS NOT NULL
  FOR NO KEY UPDATE SKIP LOCKED
), cancelled AS (
  UPDATE message_queue AS queue SET status = 'cancelled', status_reason = 'opted_out'
  FROM (SELECT id, user_id FROM in_line
        UNION SELECT id, user_id FROM parts
        UNION SELECT id, user_id FROM asked) AS waiting
  WHERE queue.id = waiting.id AND queue.user_id = waiting.user_id
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'cancelled', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "opted_out"}', $2::timestamptz
FROM cancelled)sql";

// Rows of people who opted out that somebody was editing are cancelled later: nothing else would wake them.
const char* const kLookAgainAtCancelled = R"sql(
UPDATE user_message_budget AS budget SET next_attempt_at = $2::timestamptz + interval '1 second'
WHERE user_id = ANY ($1::text[])
  AND EXISTS (SELECT FROM message_queue
              WHERE user_id = budget.user_id AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL))sql";

// Messages cross the line, counters and alarms move, and it is written down, all in one statement. An alarm
// of none is believed only if nothing is left in line: a row that was locked and passed over would be
// stranded otherwise. The entry of a promotion has the identifier of its message: making another would cost
// more than writing the row.
const char* const kApply = R"sql(
WITH decided AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::boolean[], $4::timestamptz[], $5::text[], $6::date[],
                       $7::integer[], $8::timestamptz[], $9::text[], $10::integer[], $11::integer[],
                       $12::boolean[], $13::uuid[], $14::text[])
    AS decided (user_id, next_attempt_at, express, blocked_until, blocked_by, date, messages_sent,
                last_message_at, recent_sends, daily_limit, hourly_limit, quiet_hours_enabled, deferred,
                deferred_by)
), promoted AS MATERIALIZED (
  SELECT * FROM unnest($15::text[], $16::uuid[], $17::uuid[]) AS promoted (user_id, id, message_id)
), sent AS (
  UPDATE message_queue AS queue
  SET status = 'sent', sent_at = $18::timestamptz, delivered_message_id = promoted.message_id
  FROM promoted
  WHERE queue.id = promoted.id AND queue.user_id = promoted.user_id
  RETURNING promoted.message_id, queue.user_id, queue.conversation_context_id, queue.agent_id, queue.id,
            queue.final_message, queue.message_data, queue.priority
), crossed AS (
  INSERT INTO messages (id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
  SELECT message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1),
         message_text(final_message, message_data), 'pending', id, $18::timestamptz
  FROM sent
  ON CONFLICT (user_id, queue_id) DO NOTHING
), logged AS (
  INSERT INTO agent_actions_log (id, agent_type, action_type, user_id, input_data, output_data, created_at)
  SELECT message_id, 'message_orchestrator', 'promoted', user_id,
         jsonb_build_object('message_id', id, 'priority', priority),
         jsonb_build_object('sent_as', message_id), $18::timestamptz
  FROM sent
  UNION ALL
  SELECT uuid_v7(), 'message_orchestrator', 'deferred', user_id, jsonb_build_object('message_id', deferred),
         jsonb_build_object('reason', deferred_by, 'until', next_attempt_at), $18::timestamptz
  FROM decided WHERE deferred_by IS NOT NULL
)
UPDATE user_message_budget AS budget
SET next_attempt_at = decided.next_attempt_at,
    express = decided.express,
    blocked_until = decided.blocked_until, blocked_by = decided.blocked_by,
    date = decided.date, messages_sent = decided.messages_sent, last_message_at = decided.last_message_at,
    recent_sends = decided.recent_sends::timestamptz[], daily_limit = decided.daily_limit,
    hourly_limit = decided.hourly_limit, quiet_hours_enabled = decided.quiet_hours_enabled
FROM decided
WHERE budget.user_id = decided.user_id)sql";

const char* const kPostpone = R"sql(
UPDATE user_message_budget AS budget SET next_attempt_at = $2::timestamptz
FROM (SELECT user_id FROM user_message_budget
      WHERE next_attempt_at <= $1::timestamptz AND (express OR NOT $3) AND user_id = coalesce($4, user_id)
      ORDER BY next_attempt_at LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED) AS first
WHERE budget.user_id = first.user_id
RETURNING budget.user_id)sql";

// What ends with the LLM arms its user: whose row has to be locked first, as everywhere.
const char* const kLockOverdue = R"sql(
SELECT user_id FROM user_message_budget
WHERE user_id IN (SELECT user_id FROM message_queue
                  WHERE status IN ('queued', 'approved') AND expires_at <= $1::timestamptz
                    AND (awaiting IS NOT NULL OR sequence_id IS NOT NULL)
                  ORDER BY expires_at LIMIT $2)
FOR NO KEY UPDATE SKIP LOCKED)sql";

// A sequence that lost a part is lost as a whole.
const char* const kExpireOverdue = R"sql(
WITH overdue AS (
  SELECT id, user_id, sequence_id FROM message_queue
  WHERE status IN ('queued', 'approved') AND expires_at <= $1::timestamptz
    AND (awaiting IS NULL AND sequence_id IS NULL OR user_id = ANY ($3::text[]))
  ORDER BY expires_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
), other_parts AS (
  SELECT part.id, part.user_id
  FROM overdue JOIN message_queue AS part USING (user_id, sequence_id)
  WHERE part.status IN ('queued', 'approved')
  FOR NO KEY UPDATE OF part SKIP LOCKED
), expired AS (
  UPDATE message_queue AS queue SET status = 'expired', status_reason = 'expired'
  FROM (SELECT id, user_id FROM overdue UNION SELECT id, user_id FROM other_parts) AS closing
  WHERE queue.id = closing.id AND queue.user_id = closing.user_id
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'expired', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "expired"}', $1::timestamptz
FROM expired)sql";

// Counted no further than $2.
const char* const kCountDue = R"sql(
SELECT count(*) FROM (
  SELECT FROM user_message_budget WHERE next_attempt_at <= $1::timestamptz LIMIT $2
) AS due)sql";

const char* const kNextExpressAlarm = R"sql(
SELECT micros(next_attempt_at)
FROM user_message_budget WHERE express AND next_attempt_at IS NOT NULL
ORDER BY next_attempt_at LIMIT 1)sql";

const char* const kAnyoneDue = R"sql(
SELECT EXISTS (SELECT FROM user_message_budget WHERE next_attempt_at <= $1::timestamptz))sql";

const char* const kAdoptRules = R"sql(
INSERT INTO orchestrator_settings AS settings (name, value) VALUES ('rules', $1)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value <> excluded.value
RETURNING xmax <> 0 AS replaced)sql";

const char* const kForgetGates = R"sql(
SELECT reopen_gates(array_agg(user_id), false)
FROM user_message_budget WHERE blocked_until IS NOT NULL HAVING count(*) > 0)sql";

}  // namespace orchestrator::storage
