-- Reads the rows $2 of `messages` in the logical shards $1 (parallel arrays) as events of their promotion.
-- Locks nothing. Index: primary keys of messages and message_queue.
SELECT message.id, message.user_id, orchestrator.micros(message.created_at) AS at,
       jsonb_build_object('message_id', message.queue_id, 'priority', queue.priority) AS input,
       jsonb_build_object('sent_as', message.id) AS output
FROM unnest($1::smallint[], $2::uuid[]) AS place (shard, id)
JOIN orchestrator.messages AS message ON message.shard = place.shard AND message.id = place.id
JOIN orchestrator.message_queue AS queue
  ON queue.shard = message.shard AND queue.id = message.queue_id AND queue.user_id = message.user_id
