-- Reads the messages of the turns $1, each turn's in the order of their arrival.
-- Locks nothing. Index: inbound_queue_turn, primary key of messages.
SELECT queue.turn_id, queue.message_id, queue.provider_message_id, message.content, queue.message_type,
       orchestrator.micros(coalesce(queue.written_at, queue.received_at)) AS written_at, queue.metadata
FROM unnest($1::uuid[]) AS taken (turn_id)
JOIN orchestrator.inbound_queue AS queue ON queue.turn_id = taken.turn_id
JOIN orchestrator.messages AS message ON message.id = queue.message_id AND message.user_id = queue.user_id
ORDER BY queue.turn_id, queue.position
