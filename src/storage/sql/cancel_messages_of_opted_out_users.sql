-- Cancels every waiting message of the users $1, who have opted out, and logs it.
-- Locks the messages; rows that another transaction has locked are left to recheck_opted_out_users.sql.
-- Index: message_queue_head, message_queue_parts, message_queue_awaiting.
WITH in_line AS (
  SELECT id, user_id FROM orchestrator.message_queue
  WHERE user_id = ANY ($1::text[]) AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL
  FOR NO KEY UPDATE SKIP LOCKED
), parts AS (
  SELECT id, user_id FROM orchestrator.message_queue
  WHERE user_id = ANY ($1::text[]) AND status IN ('queued', 'approved') AND NOT ready
  FOR NO KEY UPDATE SKIP LOCKED
), with_llm AS (
  SELECT id, user_id FROM orchestrator.message_queue
  WHERE user_id = ANY ($1::text[]) AND status IN ('queued', 'approved') AND awaiting IS NOT NULL
  FOR NO KEY UPDATE SKIP LOCKED
), cancelled AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'cancelled', status_reason = 'opted_out'
  FROM (SELECT id, user_id FROM in_line
        UNION SELECT id, user_id FROM parts
        UNION SELECT id, user_id FROM with_llm) AS waiting
  WHERE queue.id = waiting.id AND queue.user_id = waiting.user_id
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO orchestrator.agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'cancelled', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "opted_out"}', $2::timestamptz
FROM cancelled
