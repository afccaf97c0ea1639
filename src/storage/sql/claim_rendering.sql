-- Claims a message that waits for the LLM at $1 under token $2 until $3: urgent and high ones of all logical shards
-- first; within a shard the one that has waited longest. The shards take turns.
-- Locks the message and its row of llm_work; skips messages of which another transaction has locked one or the other.
-- Index: llm_work_express, llm_work_due, primary keys of llm_work and message_queue.
WITH next AS (
  SELECT shard, message_id FROM (
    SELECT due.shard, due.message_id
    FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
    CROSS JOIN LATERAL (
      SELECT work.shard, work.message_id
      FROM orchestrator.llm_work AS work
      JOIN orchestrator.message_queue AS queue ON queue.shard = work.shard AND queue.id = work.message_id
      WHERE work.shard = s.shard AND work.question IS NOT NULL AND work.priority <= 'high'
        AND work.due_at <= $1::timestamptz
      ORDER BY work.due_at LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS due
    LIMIT 1
  ) AS express
  UNION ALL
  SELECT shard, message_id FROM (
    SELECT due.shard, due.message_id
    FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
    CROSS JOIN LATERAL (
      SELECT work.shard, work.message_id
      FROM orchestrator.llm_work AS work
      JOIN orchestrator.message_queue AS queue ON queue.shard = work.shard AND queue.id = work.message_id
      WHERE work.shard = s.shard AND work.question IS NOT NULL AND work.due_at <= $1::timestamptz
      ORDER BY work.due_at LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS due
    LIMIT 1
  ) AS oldest
  LIMIT 1
), claimed AS (
  UPDATE orchestrator.llm_work AS work
  SET token = $2::uuid, due_at = $3::timestamptz, attempts = work.attempts + 1
  FROM next
  WHERE work.shard = next.shard AND work.message_id = next.message_id
  RETURNING work.shard, work.message_id, work.question, work.attempts
)
SELECT queue.id, queue.user_id, queue.agent_id, claimed.question, queue.message_data, claimed.attempts,
       coalesce(queue.sequence_id, '') AS sequence_id, orchestrator.micros(queue.created_at) AS queued_at,
       coalesce(orchestrator.message_text(queue.final_message, queue.message_data), '') AS text
FROM claimed
JOIN orchestrator.message_queue AS queue ON queue.shard = claimed.shard AND queue.id = claimed.message_id
