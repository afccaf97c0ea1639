-- Stores the decisions of a pass: moves promoted messages into `messages`, stores each user's counters, gates
-- and next attempt, and logs deferrals; the rows themselves tell of promotions. This is where the state of the
-- cooldown changes: user_message_budget.last_message_at, blocked_until, blocked_by.
-- $1..$14: one array for each column of `decided`. $15..$17: user, message_queue.id and messages.id of each
-- promotion. $18: now.
-- Locks the messages and the rows of user_message_budget, which the pass has locked before.
-- Index: primary keys of message_queue and user_message_budget.
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
  UPDATE orchestrator.message_queue AS queue
  SET status = 'sent', sent_at = $18::timestamptz, delivered_message_id = promoted.message_id
  FROM promoted
  WHERE queue.id = promoted.id AND queue.user_id = promoted.user_id
  RETURNING promoted.message_id, queue.user_id, queue.conversation_context_id, queue.agent_id, queue.id,
            queue.final_message, queue.message_data
), inserted AS (
  INSERT INTO orchestrator.messages (id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
  SELECT message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1),
         orchestrator.message_text(final_message, message_data), 'pending', id, $18::timestamptz
  FROM sent
  ON CONFLICT (shard, user_id, queue_id) DO NOTHING
), logged AS (
  INSERT INTO orchestrator.agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
  SELECT 'message_orchestrator', 'deferred', user_id, jsonb_build_object('message_id', deferred),
         jsonb_build_object('reason', deferred_by, 'until', next_attempt_at), $18::timestamptz
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
WHERE budget.user_id = decided.user_id
