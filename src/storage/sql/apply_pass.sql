-- Stores the decisions of a pass: moves promoted messages into `messages`, stores each user's counters, gates
-- and next attempt, logs deferrals, and counts both; the rows themselves tell of promotions. This is where the state of the
-- cooldown changes: user_message_budget.last_message_at, blocked_until, blocked_by.
-- $1..$13: one array for each column of `decided`. $14..$16: logical shard, message_queue.id and messages.id of each
-- promotion. $17..$21: logical shard, user, message, reason and end of each deferral. $22: now.
-- Locks the messages and the rows of user_message_budget, which the pass has locked before: the status of a message
-- that it has locked is what it was read as, so that no message is promoted twice.
-- Index: primary keys of message_queue and user_message_budget.
WITH deferral AS MATERIALIZED (
  SELECT * FROM unnest($17::smallint[], $18::text[], $19::uuid[], $20::text[], $21::timestamptz[])
    AS deferral (shard, user_id, message, reason, until)
), sent AS (
  UPDATE orchestrator.message_queue AS queue
  SET status = 'sent', sent_at = $22::timestamptz, delivered_message_id = promoted.message_id
  FROM unnest($14::smallint[], $15::uuid[], $16::uuid[]) AS promoted (shard, id, message_id)
  WHERE queue.shard = promoted.shard AND queue.id = promoted.id AND queue.status IN ('queued', 'approved')
  RETURNING queue.shard, promoted.message_id, queue.user_id, queue.conversation_context_id,
            orchestrator.message_text(queue.final_message, queue.message_data) AS content, queue.id,
            queue.agent_id, queue.priority
), inserted AS (
  INSERT INTO orchestrator.messages
    (shard, id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
  SELECT shard, message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1), content, 'pending', id,
         $22::timestamptz
  FROM sent
), logged AS (
  INSERT INTO orchestrator.agent_actions_log
    (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
  SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'deferred', user_id,
         jsonb_build_object('message_id', message), jsonb_build_object('reason', reason, 'until', until),
         $22::timestamptz
  FROM deferral
), counted AS (
  INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
  SELECT min(shard), date_trunc('minute', $22::timestamptz), agent_id, priority, outcome, reason, pg_backend_pid(),
         count(*)
  FROM (
    SELECT shard, agent_id, priority, 'sent'::orchestrator.message_outcome AS outcome, '' AS reason FROM sent
    UNION ALL
    SELECT queue.shard, queue.agent_id, queue.priority, 'deferred', deferral.reason
    FROM deferral
    JOIN orchestrator.message_queue AS queue ON queue.shard = deferral.shard AND queue.id = deferral.message
  ) AS decision
  GROUP BY agent_id, priority, outcome, reason
  ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
  SET messages = counts.messages + excluded.messages
)
UPDATE orchestrator.user_message_budget AS budget
SET next_attempt_at = decided.next_attempt_at,
    express = decided.express,
    blocked_until = decided.blocked_until, blocked_by = decided.blocked_by,
    date = decided.date, messages_sent = decided.messages_sent, last_message_at = decided.last_message_at,
    recent_sends = decided.recent_sends::timestamptz[], daily_limit = decided.daily_limit,
    hourly_limit = decided.hourly_limit, quiet_hours_enabled = decided.quiet_hours_enabled
FROM unnest($1::smallint[], $2::text[], $3::timestamptz[], $4::boolean[], $5::timestamptz[], $6::text[],
            $7::date[], $8::integer[], $9::timestamptz[], $10::text[], $11::integer[], $12::integer[], $13::boolean[])
  AS decided (shard, user_id, next_attempt_at, express, blocked_until, blocked_by, date, messages_sent,
              last_message_at, recent_sends, daily_limit, hourly_limit, quiet_hours_enabled)
WHERE budget.shard = decided.shard AND budget.user_id = decided.user_id
