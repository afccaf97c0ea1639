-- Claims up to $4 messages of provider $1 with an unknown outcome whose look-up is due at $2; no other
-- instance looks them up before $3. Longest due first in each logical shard.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: messages_unsettled.
WITH due AS (
  SELECT unsettled.* FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT shard, id FROM orchestrator.messages
    WHERE shard = s.shard AND direction = 'outbound' AND status = 'unknown' AND next_attempt_at <= $2::timestamptz
      AND provider = $1
    ORDER BY next_attempt_at LIMIT $4
    FOR NO KEY UPDATE SKIP LOCKED) AS unsettled
  LIMIT $4
), claimed AS (
  UPDATE orchestrator.messages AS message SET next_attempt_at = $3::timestamptz, look_ups = message.look_ups + 1
  FROM due
  WHERE message.shard = due.shard AND message.id = due.id
  RETURNING message.shard, message.id, message.user_id, message.content, message.attempts, message.look_ups,
            message.attempted_at, message.created_at
)
SELECT claimed.id, claimed.user_id, claimed.content, claimed.attempts, claimed.look_ups,
       coalesce(users.phone_number, '') AS phone_number,
       orchestrator.micros(coalesce(claimed.attempted_at, claimed.created_at)) AS attempted_at
FROM claimed LEFT JOIN orchestrator.users ON users.shard = claimed.shard AND users.id = claimed.user_id
