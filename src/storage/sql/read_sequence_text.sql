-- Reads the text of all parts of sequence $2 of user $1, in order.
-- Locks nothing. Index: message_queue_sequence.
SELECT coalesce(string_agg(orchestrator.message_text(final_message, message_data), E'\n' ORDER BY sequence_position), '')
FROM orchestrator.message_queue WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND sequence_id = $2
