-- Records the outcomes of attempts, $1 [{id, user_id, token, status, …}], at $2, and logs all but accepted
-- ones, for which the row is enough. Returns the messages that still have the token: is_locked tells that
-- another transaction has locked the row, so that nothing was recorded.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: primary key of messages.
WITH result AS MATERIALIZED (
  SELECT *, orchestrator.shard_of(user_id) AS shard FROM json_to_recordset($1::json) AS result (
    id uuid, user_id text, token uuid, status orchestrator.message_status, provider_message_id text, error_code text,
    next_attempt_at timestamptz, waiting_for orchestrator.delivery_wait)
), leased AS MATERIALIZED (
  SELECT message.shard, message.id
  FROM result JOIN orchestrator.messages AS message ON message.shard = result.shard AND message.id = result.id
  WHERE message.status = 'sending' AND message.lease_token = result.token
), locked AS MATERIALIZED (
  SELECT message.shard, message.id
  FROM result JOIN orchestrator.messages AS message ON message.shard = result.shard AND message.id = result.id
  WHERE message.status = 'sending' AND message.lease_token = result.token
  FOR NO KEY UPDATE OF message SKIP LOCKED
), recorded AS (
  UPDATE orchestrator.messages AS message
  SET status = result.status, error_code = result.error_code,
      provider_message_id = coalesce(result.provider_message_id, message.provider_message_id),
      sent_at = CASE WHEN result.status = 'sent' THEN $2::timestamptz END,
      next_attempt_at = result.next_attempt_at, waiting_for = result.waiting_for, look_ups = 0,
      lease_token = NULL, lease_until = NULL
  FROM result JOIN locked USING (shard, id)
  WHERE message.shard = locked.shard AND message.id = locked.id
  RETURNING message.shard, message.id, message.user_id, message.queue_id, message.status, message.error_code,
            message.next_attempt_at, message.attempts, message.provider
), logged AS (
  INSERT INTO orchestrator.agent_actions_log
    (shard, id, agent_type, action_type, user_id, input_data, output_data, error, created_at)
  SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator',
         CASE status WHEN 'pending' THEN 'send_retry' WHEN 'failed' THEN 'send_failed' ELSE 'send_unknown' END,
         user_id, jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
         jsonb_build_object('reason', error_code, 'until', next_attempt_at, 'attempt', attempts,
                            'provider', provider),
         error_code, $2::timestamptz
  FROM recorded WHERE status <> 'sent'
)
SELECT id, id NOT IN (SELECT id FROM locked) AS is_locked FROM leased
