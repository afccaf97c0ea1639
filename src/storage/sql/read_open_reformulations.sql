-- Reads up to $2 requests that are not done, made after $1 unless it is NULL, oldest first.
-- Locks nothing. Index: reformulation_requests_open.
SELECT id, message_id, user_id, agent_id, coalesce(conversation_id, '') AS conversation_id,
       coalesce(original, '') AS original, message_data, said, coalesce(explanation, '') AS explanation,
       orchestrator.micros(created_at) AS created_at
FROM orchestrator.reformulation_requests
WHERE done_at IS NULL AND created_at > coalesce($1::timestamptz, '-infinity')
ORDER BY id LIMIT $2
