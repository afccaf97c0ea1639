-- Reads all waiting parts of the sequences $2 of the users $1 (parallel arrays), in order.
-- Locks nothing.
-- Index: message_queue_sequence.
SELECT part.user_id, part.sequence_id, part.sequence_total, part.id,
       orchestrator.message_text(part.final_message, part.message_data) IS NOT NULL AS has_content
FROM unnest($1::text[], $2::text[]) AS requested (user_id, sequence_id)
JOIN orchestrator.message_queue AS part
  ON part.shard = orchestrator.shard_of(requested.user_id) AND part.user_id = requested.user_id
     AND part.sequence_id = requested.sequence_id
WHERE part.status IN ('queued', 'approved')
ORDER BY part.user_id, part.sequence_id, part.sequence_position
