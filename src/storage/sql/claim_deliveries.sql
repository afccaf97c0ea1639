-- Stores the result of the last check: messages to be sent get the lease, others wait or fail, and that is
-- logged.
-- $1 [{shard, id, user_id, status, error_code, next_attempt_at, waiting_for, budget_version}], $2 provider,
-- $3 token, $4 lease until, $5 now.
-- A scheduled message behind one that waits for the end of quiet hours waits with it: it does not delay
-- replies, and is not checked before the morning.
-- A user may write, or have their settings changed, while the check finds that quiet hours block the message;
-- wake_deliveries, which does not see it wait, would not wake it. If the budget row is unchanged and can be
-- locked until the commit, a later change will wake the message; otherwise it is checked again after a
-- second.
-- Locks the messages, which lock_pending_messages.sql has locked before, the messages behind them, and budget
-- rows.
-- Index: primary keys of messages and user_message_budget, messages_line.
WITH checked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS checked (
    shard smallint, id uuid, user_id text, status orchestrator.message_status, error_code text,
    next_attempt_at timestamptz, waiting_for orchestrator.delivery_wait, budget_version text)
), unchanged AS MATERIALIZED (
  SELECT budget.user_id
  FROM checked JOIN orchestrator.user_message_budget AS budget
    ON budget.shard = checked.shard AND budget.user_id = checked.user_id
       AND budget.xmin::text = checked.budget_version
  WHERE checked.waiting_for = 'quiet_hours'
  FOR NO KEY UPDATE OF budget SKIP LOCKED
), decided AS MATERIALIZED (
  SELECT shard, id, user_id, status, error_code, waiting_for,
         CASE WHEN waiting_for = 'quiet_hours' AND budget_version <> ''
                   AND user_id NOT IN (SELECT user_id FROM unchanged)
              THEN least(next_attempt_at, $5::timestamptz + interval '1 second')
              ELSE next_attempt_at END AS next_attempt_at
  FROM checked
), claimed AS (
  UPDATE orchestrator.messages AS message
  SET status = decided.status, error_code = decided.error_code, next_attempt_at = decided.next_attempt_at,
      waiting_for = decided.waiting_for,
      provider = CASE WHEN decided.status = 'pending' THEN message.provider ELSE $2 END,
      attempts = message.attempts + (decided.status = 'sending')::int,
      attempted_at = CASE WHEN decided.status = 'sending' THEN $5::timestamptz ELSE message.attempted_at END,
      lease_token = CASE WHEN decided.status = 'sending' THEN $3::uuid END,
      lease_until = CASE WHEN decided.status = 'sending' THEN $4::timestamptz END
  FROM decided
  WHERE message.shard = decided.shard AND message.id = decided.id
  RETURNING message.shard, message.id, message.user_id, message.queue_id, message.status, message.error_code,
            message.waiting_for, message.next_attempt_at
), behind AS (
  SELECT message.shard, message.id, decided.next_attempt_at, decided.waiting_for
  FROM decided JOIN orchestrator.messages AS message
    ON message.shard = decided.shard AND message.user_id = decided.user_id AND message.id <> decided.id
  WHERE decided.waiting_for = 'quiet_hours'
    AND message.direction = 'outbound' AND message.status = 'pending' AND message.next_attempt_at IS NULL
    AND message.purpose IS NULL
  FOR NO KEY UPDATE OF message SKIP LOCKED
), postponed AS (
  UPDATE orchestrator.messages AS message
  SET next_attempt_at = behind.next_attempt_at, waiting_for = behind.waiting_for
  FROM behind WHERE message.shard = behind.shard AND message.id = behind.id
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator',
       CASE WHEN status = 'pending' THEN 'send_deferred' ELSE 'send_failed' END, user_id,
       jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
       jsonb_build_object('reason', coalesce(waiting_for::text, error_code), 'until', next_attempt_at), error_code,
       $5::timestamptz
FROM claimed WHERE status <> 'sending'
