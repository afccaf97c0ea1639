-- Reads the messages $2 of the logical shards $1 (parallel arrays) as events of their scheduling.
-- Locks nothing. Index: primary key of message_queue.
SELECT queue.id, queue.user_id, orchestrator.micros(queue.created_at) AS at,
       jsonb_strip_nulls(jsonb_build_object(
         'message_id', queue.id, 'agent_id', queue.agent_id, 'priority', queue.priority,
         'conversation_id', queue.conversation_context_id, 'scheduled_for', queue.scheduled_for)) AS input
FROM unnest($1::smallint[], $2::uuid[]) AS place (shard, id)
JOIN orchestrator.message_queue AS queue ON queue.shard = place.shard AND queue.id = place.id
