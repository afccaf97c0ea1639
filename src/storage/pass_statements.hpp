// The statements of a pass, apart from the code that runs them, so that a test can ask for their plans. Only
// src/storage/pass_store.cpp runs them.
#pragma once

#include <string>

#include "storage/user_rows.hpp"

namespace orchestrator::storage {

// Batches are joined to their rows one index look-up each. With fresh statistics the planner might scan and
// hash the whole queue instead, ten times slower: docs/decisions.md.
inline constexpr const char* kStayIndexDriven =
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off";

// A statement of its own: what is read afterwards must be newer than the locks.
inline constexpr const char* kClaim = R"sql(
SELECT user_id FROM user_message_budget
WHERE next_attempt_at <= $1::timestamptz
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

inline constexpr const char* kClaimExpress = R"sql(
SELECT user_id FROM user_message_budget
WHERE next_attempt_at <= $1::timestamptz AND express
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

inline const std::string kReadFacts = "SELECT claimed.position - 1 AS position," + kFactsColumns + R"sql(
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
JOIN user_message_budget AS budget ON budget.user_id = claimed.user_id
JOIN users ON users.id = claimed.user_id)sql";

// Two of each lane: whatever is promoted, the next of its lane is known. Rows that somebody is editing are
// passed over: see kApply.
inline constexpr const char* kReadHeads = R"sql(
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

inline constexpr const char* kClose = R"sql(
UPDATE message_queue SET status = $2, status_reason = $3
FROM json_to_recordset($1::json) AS closing (user_id text, id uuid)
WHERE message_queue.id = closing.id AND message_queue.user_id = closing.user_id)sql";

// Held rows are passed over here, too: the batch must not wait for one person's editor.
inline constexpr const char* kCancelAll = R"sql(
WITH waiting AS (
  SELECT id, user_id FROM message_queue
  WHERE user_id = ANY ($1::text[]) AND status = 'queued'
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE message_queue AS queue SET status = 'cancelled', status_reason = 'opted_out'
FROM waiting WHERE queue.id = waiting.id AND queue.user_id = waiting.user_id)sql";

// Messages cross the line, counters and alarms move, all in one statement. No message crosses twice, whatever
// SQL did to the rows, and none that would stops the others. A row
// that somebody held was passed over and may be left behind, due before any that stays: the user is then
// looked at again soon, or when the gate opens.
inline constexpr const char* kApply = R"sql(
WITH decided AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS decided (
    user_id text, promoted uuid, message_id uuid, seen_from timestamptz, next_attempt_at timestamptz,
    express boolean, blocked_until timestamptz, blocked_by text, date date, messages_sent integer, last_message_at timestamptz,
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
  ON CONFLICT (user_id, queue_id) DO NOTHING
)
UPDATE user_message_budget AS budget
SET next_attempt_at = least(decided.next_attempt_at, CASE WHEN left_behind THEN
                              greatest($3::timestamptz, decided.blocked_until) END),
    express = decided.express,
    blocked_until = decided.blocked_until, blocked_by = decided.blocked_by,
    date = decided.date, messages_sent = decided.messages_sent, last_message_at = decided.last_message_at,
    recent_sends = decided.recent_sends, daily_limit = decided.daily_limit,
    hourly_limit = decided.hourly_limit, quiet_hours_enabled = decided.quiet_hours_enabled
FROM decided
CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT FROM unnest(enum_range(NULL::message_priority)) AS lane (priority)
    CROSS JOIN LATERAL (
      SELECT scheduled_for FROM message_queue AS waiting
      WHERE waiting.user_id = decided.user_id AND waiting.priority = lane.priority
        AND waiting.status = 'queued' AND waiting.id IS DISTINCT FROM decided.promoted
      ORDER BY scheduled_for, id LIMIT 1
    ) AS head
    WHERE decided.seen_from IS NULL OR head.scheduled_for < decided.seen_from) AS left_behind
) AS rest
WHERE budget.user_id = decided.user_id)sql";

inline constexpr const char* kExpireOverdue = R"sql(
WITH overdue AS (
  SELECT id, user_id FROM message_queue
  WHERE status = 'queued' AND expires_at <= $1::timestamptz
  ORDER BY expires_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE message_queue AS queue SET status = 'expired', status_reason = 'expired'
FROM overdue WHERE queue.id = overdue.id AND queue.user_id = overdue.user_id)sql";

inline constexpr const char* kNextExpressAlarm = R"sql(
SELECT micros(next_attempt_at)
FROM user_message_budget WHERE express AND next_attempt_at IS NOT NULL
ORDER BY next_attempt_at LIMIT 1)sql";

inline constexpr const char* kAnyoneDue = R"sql(
SELECT EXISTS (SELECT FROM user_message_budget WHERE next_attempt_at <= $1::timestamptz))sql";

inline constexpr const char* kAdoptRules = R"sql(
INSERT INTO orchestrator_settings AS settings (name, value) VALUES ('rules', $1)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value <> excluded.value
RETURNING xmax <> 0 AS replaced)sql";

inline constexpr const char* kForgetGates = R"sql(
SELECT reopen_gates(array_agg(user_id), false)
FROM user_message_budget WHERE blocked_until IS NOT NULL HAVING count(*) > 0)sql";

}  // namespace orchestrator::storage
