-- Reads what admission needs for each submission of $1 [{position, user_id, idempotency_key, content_hash}]:
-- an earlier message with the same key, one with the same content since $2, and how many messages wait, up to
-- $3.
-- A statement by itself, after the locks: it must see what the previous holder committed.
-- Locks nothing. Index: message_queue_idempotency, message_queue_content, message_queue_head.
SELECT submission.position,
       same_key.id AS key_id, orchestrator.micros(same_key.scheduled_for) AS key_scheduled_for,
       encode(same_key.request_hash, 'hex') AS key_hash,
       same_content.id AS content_id, orchestrator.micros(same_content.scheduled_for) AS content_scheduled_for,
       waiting.count AS waiting
FROM (
  SELECT *, orchestrator.shard_of(user_id) AS shard
  FROM json_to_recordset($1::json) AS requested (
    position integer, user_id text, idempotency_key text, content_hash text)
) AS submission
LEFT JOIN LATERAL (
  SELECT id, scheduled_for, request_hash FROM orchestrator.message_queue
  WHERE shard = submission.shard AND user_id = submission.user_id
    AND idempotency_key = submission.idempotency_key
  LIMIT 1
) AS same_key ON submission.idempotency_key IS NOT NULL
LEFT JOIN LATERAL (
  SELECT id, scheduled_for FROM orchestrator.message_queue
  WHERE shard = submission.shard AND user_id = submission.user_id
    AND content_hash = decode(submission.content_hash, 'hex') AND created_at > $2::timestamptz
    AND status IN ('queued', 'approved', 'sent')
  ORDER BY created_at, id LIMIT 1
) AS same_content ON submission.content_hash IS NOT NULL
CROSS JOIN LATERAL (
  SELECT count(*) FROM (
    SELECT FROM orchestrator.message_queue
    WHERE shard = submission.shard AND user_id = submission.user_id
      AND status IN ('queued', 'approved') AND ready AND awaiting IS NULL
    LIMIT $3
  ) AS counted
) AS waiting
