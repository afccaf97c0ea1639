-- Reads the messages $1 of the users $2 (parallel arrays) as events of their scheduling.
-- Locks nothing. Index: primary key of message_queue.
SELECT queue.id, queue.user_id, orchestrator.micros(queue.created_at) AS at,
       jsonb_strip_nulls(jsonb_build_object(
         'message_id', queue.id, 'agent_id', queue.agent_id, 'priority', queue.priority,
         'conversation_id', queue.conversation_context_id, 'scheduled_for', queue.scheduled_for)) AS input
FROM unnest($1::text[], $2::text[]) AS place (id, user_id)
JOIN orchestrator.message_queue AS queue ON queue.id = place.id::uuid AND queue.user_id = place.user_id
