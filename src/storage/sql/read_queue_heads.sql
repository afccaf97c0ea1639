-- Reads the first 9 waiting messages of each of the users $2 in the logical shards $1 (parallel arrays), in the order
-- of the queue: one more than the pass takes as a whole queue (kWholeQueue), which tells whether there are more.
-- Locks nothing; see lock_queued_messages.sql.
-- Index: message_queue_head.
SELECT claimed.position - 1 AS position,
-- include: waiting_message_columns
FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS claimed (shard, user_id, position)
CROSS JOIN LATERAL (
  SELECT * FROM orchestrator.message_queue
  WHERE shard = claimed.shard AND user_id = claimed.user_id AND status IN ('queued', 'approved') AND ready
  ORDER BY priority, delayable, scheduled_for, id LIMIT 9
) AS head
