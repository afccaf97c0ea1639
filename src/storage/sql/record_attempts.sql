-- Records the outcomes of attempts, $1 [{id, user_id, token, status, …}], at $2. Returns the messages that still have the
-- token: is_locked tells that another transaction has locked the row, so that nothing was recorded.
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
)
SELECT shard, id, id NOT IN (SELECT id FROM locked) AS is_locked FROM leased
