-- Reads up to $2 waiting messages of user $1, in the order of the queue, including heads of incomplete
-- sequences and messages that are with the LLM.
-- Locks nothing. Index: message_queue_head, message_queue_not_ready, primary key of llm_work.
SELECT
-- include: waiting_message_columns
FROM (
  SELECT * FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status IN ('queued', 'approved')
    AND ready
  UNION ALL
  SELECT * FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status IN ('queued', 'approved')
    AND NOT ready AND coalesce(sequence_position, 1) = 1
) AS head
ORDER BY priority, can_delay, scheduled_for, id LIMIT $2
