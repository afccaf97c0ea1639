-- Reads up to $2 waiting messages of user $1, in the order of the queue, including heads of incomplete
-- sequences and messages that are with the LLM.
-- Locks nothing. Index: message_queue_head, message_queue_parts, message_queue_awaiting: without statistics, the
-- planner takes that one for its order only.
SELECT
-- include: waiting_message_columns
FROM (
  SELECT * FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status IN ('queued', 'approved')
    AND ready AND awaiting IS NULL
  UNION ALL
  SELECT * FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status IN ('queued', 'approved')
    AND NOT ready AND sequence_position = 1 AND awaiting IS NULL
  UNION ALL
  (SELECT * FROM orchestrator.message_queue
   WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status IN ('queued', 'approved')
     AND awaiting IS NOT NULL
   ORDER BY priority)
) AS head
ORDER BY priority, delayable, scheduled_for, id LIMIT $2
