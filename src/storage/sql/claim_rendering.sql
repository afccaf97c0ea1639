-- Claims a message that waits for the LLM at $1 under token $2 until $3: urgent and high ones of all logical shards
-- first; within a shard the one that has waited longest. The shards take turns.
-- Locks the message; rows that another transaction has locked are skipped.
-- Index: message_queue_render_express, message_queue_render_due.
WITH next AS (
  SELECT shard, id FROM (
    SELECT message.shard, message.id
    FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
    CROSS JOIN LATERAL (
      SELECT shard, id FROM orchestrator.message_queue
      WHERE shard = s.shard AND status IN ('queued', 'approved') AND awaiting IS NOT NULL AND priority <= 'high'
        AND render_due_at <= $1::timestamptz
      ORDER BY render_due_at LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS message
    LIMIT 1
  ) AS express
  UNION ALL
  SELECT shard, id FROM (
    SELECT message.shard, message.id
    FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
    CROSS JOIN LATERAL (
      SELECT shard, id FROM orchestrator.message_queue
      WHERE shard = s.shard AND status IN ('queued', 'approved') AND awaiting IS NOT NULL
        AND render_due_at <= $1::timestamptz
      ORDER BY render_due_at LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS message
    LIMIT 1
  ) AS oldest
  LIMIT 1
)
UPDATE orchestrator.message_queue AS queue
SET render_token = $2::uuid, render_due_at = $3::timestamptz, render_attempts = queue.render_attempts + 1
FROM next
WHERE queue.shard = next.shard AND queue.id = next.id
RETURNING queue.id, queue.user_id, queue.agent_id, queue.awaiting, queue.message_data, queue.render_attempts,
          coalesce(queue.sequence_id, '') AS sequence_id, orchestrator.micros(queue.created_at) AS queued_at,
          coalesce(orchestrator.message_text(queue.final_message, queue.message_data), '') AS text
