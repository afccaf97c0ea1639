-- Claims the message that has waited longest for the LLM at $1, urgent and high ones first, under token $2
-- until $3.
-- Locks the message; rows that another transaction has locked are skipped.
-- Index: message_queue_render_express, message_queue_render_due.
WITH next AS (
  SELECT id, user_id FROM (
    SELECT id, user_id FROM orchestrator.message_queue
    WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL AND priority <= 'high'
      AND render_due_at <= $1::timestamptz
    ORDER BY render_due_at LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS express
  UNION ALL
  SELECT id, user_id FROM (
    SELECT id, user_id FROM orchestrator.message_queue
    WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL AND render_due_at <= $1::timestamptz
    ORDER BY render_due_at LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS oldest
  LIMIT 1
)
UPDATE orchestrator.message_queue AS queue
SET render_token = $2::uuid, render_due_at = $3::timestamptz, render_attempts = queue.render_attempts + 1
FROM next
WHERE queue.id = next.id AND queue.user_id = next.user_id
RETURNING queue.id, queue.user_id, queue.agent_id, queue.awaiting, queue.message_data, queue.render_attempts,
          coalesce(queue.sequence_id, '') AS sequence_id, orchestrator.micros(queue.created_at) AS queued_at,
          coalesce(orchestrator.message_text(queue.final_message, queue.message_data), '') AS text
