-- Finds the messages that may be sent at $1, at most $2 and one for each user: first of users with a pending reply, then
-- those whose next attempt is due, then new ones. Each lane is read in the order of its index, one logical shard after
-- the other. Users that another claim works on are left out.
-- Locks the messages; rows that another transaction has locked are skipped. And an advisory lock for each user, until
-- the transaction ends.
-- Index: messages_replies, messages_waiting, messages_pending, messages_line, messages_in_flight.
WITH ready AS MATERIALIZED (
  SELECT *, row_number() OVER () AS position FROM (
    SELECT * FROM (SELECT 1 AS lane, found.*
     FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
     CROSS JOIN LATERAL (
       SELECT message.shard, message.id, message.user_id
       FROM orchestrator.messages AS reply
       CROSS JOIN LATERAL (
         SELECT shard, id, next_attempt_at FROM orchestrator.messages
         WHERE shard = reply.shard AND user_id = reply.user_id AND direction = 'outbound' AND status = 'pending'
           AND waiting_for IS DISTINCT FROM 'quiet_hours'
         ORDER BY created_at, id LIMIT 1) AS head
       JOIN orchestrator.messages AS message ON message.shard = head.shard AND message.id = head.id
       WHERE reply.shard = s.shard AND reply.direction = 'outbound' AND reply.status = 'pending'
         AND reply.purpose IS NOT NULL
         AND (head.next_attempt_at IS NULL OR head.next_attempt_at <= $1::timestamptz)
         AND (SELECT other.id FROM orchestrator.messages AS other
              WHERE other.shard = reply.shard AND other.user_id = reply.user_id
                AND other.direction = 'outbound' AND other.status = 'sending'
              LIMIT 1) IS NULL
       ORDER BY reply.created_at, reply.id LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS found
     LIMIT $2) AS replies
    UNION ALL
    SELECT * FROM (SELECT 2 AS lane, found.*
     FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
     CROSS JOIN LATERAL (
       SELECT message.shard, message.id, message.user_id
       FROM orchestrator.messages AS message
       WHERE message.shard = s.shard AND message.direction = 'outbound' AND message.status = 'pending'
         AND message.next_attempt_at <= $1::timestamptz AND
-- include: is_first_of_user
       ORDER BY message.next_attempt_at LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS found
     LIMIT $2) AS waiting
    UNION ALL
    SELECT * FROM (SELECT 3 AS lane, found.*
     FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
     CROSS JOIN LATERAL (
       SELECT message.shard, message.id, message.user_id
       FROM orchestrator.messages AS message
       WHERE message.shard = s.shard AND message.direction = 'outbound' AND message.status = 'pending'
         AND message.next_attempt_at IS NULL AND
-- include: is_first_of_user
       ORDER BY message.created_at, message.id LIMIT $2 FOR NO KEY UPDATE OF message SKIP LOCKED) AS found
     LIMIT $2) AS fresh
  ) AS lanes
), first_of_user AS MATERIALIZED (
  SELECT shard, id, user_id
  FROM (SELECT DISTINCT ON (user_id) * FROM ready ORDER BY user_id, lane, position) AS of_user
  ORDER BY lane, position LIMIT $2
)
SELECT shard, id FROM first_of_user WHERE pg_try_advisory_xact_lock(hashtext('delivery'), hashtext(user_id))
