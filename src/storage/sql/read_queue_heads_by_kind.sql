-- Reads two messages of each kind (lane, and whether it can be delayed) for the users $2 in the logical shards $1
-- (parallel arrays), whose queues are too long to be read whole: whichever is promoted, the next one is known.
-- Locks nothing; see lock_queued_messages.sql.
-- Index: message_queue_head.
SELECT claimed.position - 1 AS position,
-- include: waiting_message_columns
FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS claimed (shard, user_id, position)
CROSS JOIN (VALUES ('urgent'::orchestrator.message_priority, false), ('urgent', true), ('high', false), ('high', true),
                   ('medium', false), ('medium', true), ('low', false), ('low', true)) AS kind (priority, can_delay)
CROSS JOIN LATERAL (
  SELECT * FROM orchestrator.message_queue
  WHERE shard = claimed.shard AND user_id = claimed.user_id AND status IN ('queued', 'approved') AND ready
    AND priority = kind.priority AND can_delay = kind.can_delay
  ORDER BY scheduled_for, id LIMIT 2
) AS head
