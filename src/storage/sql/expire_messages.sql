-- Expires up to $2 waiting messages whose expires_at has passed at $1, with all parts of their sequences, and
-- logs and counts it. $3: the users that lock_users_of_expired_messages.sql locked.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: message_queue_expiry, message_queue_sequence, primary key of message_queue.
-- set rows: expired
-- set outcome: 'expired'
-- set reason: 'expired'
-- set at: $1
WITH overdue AS (
  SELECT expired.shard, expired.id, expired.user_id, expired.sequence_id
  FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT shard, id, user_id, sequence_id FROM orchestrator.message_queue
    WHERE shard = s.shard AND status IN ('queued', 'approved') AND expires_at <= $1::timestamptz
      AND (ready AND sequence_id IS NULL OR user_id = ANY ($3::text[]))
    ORDER BY expires_at LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS expired
  LIMIT $2
), other_parts AS (
  SELECT part.shard, part.id
  FROM overdue JOIN orchestrator.message_queue AS part USING (shard, user_id, sequence_id)
  WHERE part.status IN ('queued', 'approved')
  FOR NO KEY UPDATE OF part SKIP LOCKED
), expired AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'expired', status_reason = 'expired'
  FROM (SELECT shard, id FROM overdue UNION SELECT shard, id FROM other_parts) AS closing
  WHERE queue.shard = closing.shard AND queue.id = closing.id
  RETURNING queue.shard, queue.user_id, queue.id, queue.priority, queue.agent_id
), counted AS (
-- include: count_messages
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'expired', user_id,
       jsonb_build_object('message_id', id, 'priority', priority), '{"reason": "expired"}', $1::timestamptz
FROM expired
