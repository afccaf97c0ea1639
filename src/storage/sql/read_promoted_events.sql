-- Reads the rows $1 of `messages` of the users $2 (parallel arrays) as events of their promotion.
-- Locks nothing. Index: primary keys of messages and message_queue.
SELECT message.id, message.user_id, orchestrator.micros(message.created_at) AS at,
       jsonb_build_object('message_id', message.queue_id, 'priority', queue.priority) AS input,
       jsonb_build_object('sent_as', message.id) AS output
FROM unnest($1::text[], $2::text[]) AS place (id, user_id)
JOIN orchestrator.messages AS message ON message.id = place.id::uuid AND message.user_id = place.user_id
JOIN orchestrator.message_queue AS queue ON queue.id = message.queue_id AND queue.user_id = message.user_id
