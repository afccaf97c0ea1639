-- Counts the messages that may be sent at $1, each the first of its user, up to $2.
-- Locks nothing. Index: messages_waiting, messages_pending, messages_line, messages_in_flight.
SELECT count(*) FROM (
  SELECT FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
  CROSS JOIN LATERAL (
    (SELECT FROM orchestrator.messages AS message
     WHERE message.shard = s.shard AND message.direction = 'outbound' AND message.status = 'pending'
       AND message.next_attempt_at <= $1::timestamptz AND
-- include: is_first_of_user
     ORDER BY message.next_attempt_at LIMIT $2)
    UNION ALL
    (SELECT FROM orchestrator.messages AS message
     WHERE message.shard = s.shard AND message.direction = 'outbound' AND message.status = 'pending'
       AND message.next_attempt_at IS NULL AND
-- include: is_first_of_user
     ORDER BY message.created_at, message.id LIMIT $2)
  ) AS sendable
  LIMIT $2
) AS counted
