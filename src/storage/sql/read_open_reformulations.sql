-- Reads up to $2 requests that are not done, made after $1 unless it is NULL, oldest first.
-- Locks nothing. Index: reformulation_requests_open.
SELECT request.id, request.message_id, request.user_id, request.agent_id,
       coalesce(request.conversation_id, '') AS conversation_id, coalesce(request.original, '') AS original,
       request.message_data, request.said, coalesce(request.explanation, '') AS explanation,
       orchestrator.micros(request.created_at) AS created_at
FROM unnest(orchestrator.shards()) AS s (shard)
CROSS JOIN LATERAL (
  SELECT * FROM orchestrator.reformulation_requests
  WHERE shard = s.shard AND done_at IS NULL AND created_at > coalesce($1::timestamptz, '-infinity')
  ORDER BY id LIMIT $2
) AS request
ORDER BY request.id LIMIT $2
