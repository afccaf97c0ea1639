-- Cancels every waiting message of the users $1, who have opted out, and logs it.
-- Locks the messages; rows that another transaction has locked are left to recheck_opted_out_users.sql.
-- Index: message_queue_head, message_queue_parts, message_queue_awaiting.
WITH opted_out AS MATERIALIZED (
  SELECT unnest($1::text[]) AS user_id
), in_queue AS (
  SELECT queue.id, queue.user_id
  FROM opted_out JOIN orchestrator.message_queue AS queue USING (user_id)
  WHERE queue.status IN ('queued', 'approved') AND queue.ready AND queue.awaiting IS NULL
  FOR NO KEY UPDATE OF queue SKIP LOCKED
), parts AS (
  SELECT queue.id, queue.user_id
  FROM opted_out JOIN orchestrator.message_queue AS queue USING (user_id)
  WHERE queue.status IN ('queued', 'approved') AND NOT queue.ready
  FOR NO KEY UPDATE OF queue SKIP LOCKED
), with_llm AS (
  SELECT queue.id, queue.user_id
  FROM opted_out JOIN orchestrator.message_queue AS queue USING (user_id)
  WHERE queue.status IN ('queued', 'approved') AND queue.awaiting IS NOT NULL
  FOR NO KEY UPDATE OF queue SKIP LOCKED
), cancelled AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'cancelled', status_reason = 'opted_out'
  FROM (SELECT id, user_id FROM in_queue
        UNION SELECT id, user_id FROM parts
        UNION SELECT id, user_id FROM with_llm) AS waiting
  WHERE queue.id = waiting.id AND queue.user_id = waiting.user_id
  RETURNING queue.user_id, queue.id, queue.priority
)
INSERT INTO orchestrator.agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'cancelled', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "opted_out"}', $2::timestamptz
FROM cancelled
