-- Reads the messages of the turns $1 of the users $2 (parallel arrays), each turn's in the order of their arrival.
-- Locks nothing. Index: inbound_queue_turn, primary key of messages.
SELECT queue.turn_id, queue.message_id, queue.provider_message_id, message.content, queue.message_type,
       orchestrator.micros(coalesce(queue.written_at, queue.received_at)) AS written_at, queue.metadata
FROM (SELECT turn_id, orchestrator.shard_of(user_id) AS shard
      FROM unnest($1::uuid[], $2::text[]) AS t (turn_id, user_id)) AS taken
JOIN orchestrator.inbound_queue AS queue ON queue.shard = taken.shard AND queue.turn_id = taken.turn_id
JOIN orchestrator.messages AS message ON message.shard = queue.shard AND message.id = queue.message_id
ORDER BY queue.turn_id, queue.position
