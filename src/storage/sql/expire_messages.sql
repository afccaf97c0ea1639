-- Expires up to $2 waiting messages whose expires_at has passed at $1, with all parts of their sequences, and
-- logs it. $3: the users that lock_users_of_expired_messages.sql locked.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: message_queue_expiry, message_queue_sequence.
WITH overdue AS (
  SELECT id, user_id, sequence_id FROM orchestrator.message_queue
  WHERE status IN ('queued', 'approved') AND expires_at <= $1::timestamptz
    AND (awaiting IS NULL AND sequence_id IS NULL OR user_id = ANY ($3::text[]))
  ORDER BY expires_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
), other_parts AS (
  SELECT part.id, part.user_id
  FROM overdue JOIN orchestrator.message_queue AS part USING (user_id, sequence_id)
  WHERE part.status IN ('queued', 'approved')
  FOR NO KEY UPDATE OF part SKIP LOCKED
), expired AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'expired', status_reason = 'expired'
  FROM (SELECT id, user_id FROM overdue UNION SELECT id, user_id FROM other_parts) AS closing
  WHERE queue.id = closing.id AND queue.user_id = closing.user_id
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO orchestrator.agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'expired', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "expired"}', $1::timestamptz
FROM expired
