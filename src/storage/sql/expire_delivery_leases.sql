-- Sets to unknown the messages whose lease expired by $1, and logs it: whether they were sent is not known.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: messages_sending, in each logical shard.
WITH ended AS (
  SELECT shard, id FROM orchestrator.messages
  WHERE shard = ANY (orchestrator.shards()) AND direction = 'outbound' AND status = 'sending'
    AND lease_until <= $1::timestamptz
  FOR NO KEY UPDATE SKIP LOCKED
), expired AS (
  UPDATE orchestrator.messages AS message
  SET status = 'unknown', error_code = 'lease_expired', lease_token = NULL, lease_until = NULL,
      next_attempt_at = $1::timestamptz, look_ups = 0
  FROM ended WHERE message.shard = ended.shard AND message.id = ended.id
  RETURNING message.shard, message.id, message.user_id, message.queue_id, message.attempts, message.provider
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'send_unknown', user_id,
       jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
       jsonb_build_object('reason', 'lease_expired', 'attempt', attempts, 'provider', provider),
       'lease_expired', $1::timestamptz
FROM expired
