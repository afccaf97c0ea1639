-- Finds the messages that may be sent at $1, at most $2 of each lane and one for each user: first of users
-- with a pending reply, then those whose next attempt is due, then new ones.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: messages_replies, messages_waiting, messages_pending, messages_line, messages_in_flight.
SELECT id, user_id FROM (
  SELECT * FROM (SELECT 1 AS lane, message.id, message.user_id
   FROM orchestrator.messages AS reply
   CROSS JOIN LATERAL (
     SELECT id, user_id, next_attempt_at FROM orchestrator.messages
     WHERE user_id = reply.user_id AND direction = 'outbound' AND status = 'pending'
       AND waiting_for IS DISTINCT FROM 'quiet_hours'
     ORDER BY created_at, id LIMIT 1) AS head
   JOIN orchestrator.messages AS message ON message.id = head.id AND message.user_id = head.user_id
   WHERE reply.direction = 'outbound' AND reply.status = 'pending' AND reply.purpose IS NOT NULL
     AND (head.next_attempt_at IS NULL OR head.next_attempt_at <= $1::timestamptz)
     AND (SELECT other.id FROM orchestrator.messages AS other
          WHERE other.user_id = reply.user_id AND other.direction = 'outbound' AND other.status = 'sending'
          LIMIT 1) IS NULL
   ORDER BY reply.created_at, reply.id LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS replies
  UNION ALL
  SELECT * FROM (SELECT 2 AS lane, message.id, message.user_id
   FROM orchestrator.messages AS message
   WHERE message.direction = 'outbound' AND message.status = 'pending'
     AND message.next_attempt_at <= $1::timestamptz AND
-- include: is_first_of_user
   ORDER BY message.next_attempt_at LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS waiting
  UNION ALL
  SELECT * FROM (SELECT 3 AS lane, message.id, message.user_id
   FROM orchestrator.messages AS message
   WHERE message.direction = 'outbound' AND message.status = 'pending' AND message.next_attempt_at IS NULL
     AND
-- include: is_first_of_user
   ORDER BY message.created_at, message.id LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS fresh
) AS ready
ORDER BY lane
