-- Locks the messages $3 of the users $2 in the logical shards $1 (parallel arrays) and returns the ids of those that it
-- locked, as read_claimed_users.sql does for whole queues. Rows that another transaction has locked are skipped.
-- Index: primary key of message_queue.
SELECT queue.id
FROM unnest($1::smallint[], $2::text[], $3::uuid[]) AS reading (shard, user_id, id)
JOIN orchestrator.message_queue AS queue ON queue.shard = reading.shard AND queue.id = reading.id
WHERE queue.user_id = reading.user_id AND queue.status IN ('queued', 'approved')
FOR NO KEY UPDATE OF queue SKIP LOCKED
