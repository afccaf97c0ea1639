-- Stores the decisions of a pass: moves promoted messages into `messages`, stores each user's counters, gates
-- and next attempt, and logs deferrals; the rows themselves tell of promotions. This is where the state of the
-- cooldown changes: user_message_budget.last_message_at, blocked_until, blocked_by.
-- $1..$15: one array for each column of `decided`. $16..$18: logical shard, message_queue.id and messages.id of each
-- promotion. $19: now.
-- Locks the messages and the rows of user_message_budget, which the pass has locked before.
-- Index: primary keys of message_queue and user_message_budget.
WITH decided AS MATERIALIZED (
  SELECT * FROM unnest($1::smallint[], $2::text[], $3::timestamptz[], $4::boolean[], $5::timestamptz[], $6::text[],
                       $7::date[], $8::integer[], $9::timestamptz[], $10::text[], $11::integer[], $12::integer[],
                       $13::boolean[], $14::uuid[], $15::text[])
    AS decided (shard, user_id, next_attempt_at, express, blocked_until, blocked_by, date, messages_sent,
                last_message_at, recent_sends, daily_limit, hourly_limit, quiet_hours_enabled, deferred,
                deferred_by)
), promoted AS MATERIALIZED (
  SELECT * FROM unnest($16::smallint[], $17::uuid[], $18::uuid[]) AS promoted (shard, id, message_id)
), sent AS (
  UPDATE orchestrator.message_queue AS queue
  SET status = 'sent', sent_at = $19::timestamptz, delivered_message_id = promoted.message_id
  FROM promoted
  WHERE queue.shard = promoted.shard AND queue.id = promoted.id
  RETURNING queue.shard, promoted.message_id, queue.user_id, queue.conversation_context_id, queue.agent_id, queue.id,
            queue.final_message, queue.message_data
), inserted AS (
  INSERT INTO orchestrator.messages
    (shard, id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
  SELECT shard, message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1),
         orchestrator.message_text(final_message, message_data), 'pending', id, $19::timestamptz
  FROM sent
  ON CONFLICT (shard, user_id, queue_id) DO NOTHING
), logged AS (
  INSERT INTO orchestrator.agent_actions_log
    (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
  SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'deferred', user_id,
         jsonb_build_object('message_id', deferred),
         jsonb_build_object('reason', deferred_by, 'until', next_attempt_at), $19::timestamptz
  FROM decided WHERE deferred_by IS NOT NULL
)
UPDATE orchestrator.user_message_budget AS budget
SET next_attempt_at = decided.next_attempt_at,
    express = decided.express,
    blocked_until = decided.blocked_until, blocked_by = decided.blocked_by,
    date = decided.date, messages_sent = decided.messages_sent, last_message_at = decided.last_message_at,
    recent_sends = decided.recent_sends::timestamptz[], daily_limit = decided.daily_limit,
    hourly_limit = decided.hourly_limit, quiet_hours_enabled = decided.quiet_hours_enabled
FROM decided
WHERE budget.shard = decided.shard AND budget.user_id = decided.user_id
