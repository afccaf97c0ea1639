-- Claims up to $4 messages of provider $1 with an unknown outcome whose look-up is due at $2; no other
-- instance looks them up before $3.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: messages_unsettled.
WITH due AS (
  SELECT id, user_id FROM orchestrator.messages
  WHERE direction = 'outbound' AND status = 'unknown' AND next_attempt_at <= $2::timestamptz AND provider = $1
  ORDER BY next_attempt_at LIMIT $4
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE orchestrator.messages AS message SET next_attempt_at = $3::timestamptz, look_ups = message.look_ups + 1
FROM due LEFT JOIN orchestrator.users ON users.id = due.user_id
WHERE message.id = due.id AND message.user_id = due.user_id
RETURNING message.id, message.user_id, message.content, message.attempts, message.look_ups,
          coalesce(users.phone_number, '') AS phone_number,
          orchestrator.micros(coalesce(message.attempted_at, message.created_at)) AS attempted_at
