-- Locks and reads the candidates $3 in the logical shards $2 (parallel arrays) that may still be sent at $1, with what
-- the last check needs. Rows that another transaction has locked are skipped.
-- wait_until: the end of the wait of the latest message before it that waits for the end of quiet hours;
-- max() would be searched among all pending messages. budget_version changes with every event and setting of
-- the user, because triggers write the budget row.
-- OFFSET 0 makes the planner look each candidate up by its key, never through an index of all pending
-- messages.
-- Index: primary key of messages, messages_line, messages_in_flight.
SELECT message.shard, message.id, message.user_id, message.content, message.attempts,
       coalesce(message.purpose::text, '') AS purpose,
       coalesce(users.phone_number, '') AS phone_number, orchestrator.micros(queue.expires_at) AS expires_at,
       CASE WHEN message.purpose IS NULL THEN (
         SELECT orchestrator.micros(older.next_attempt_at) FROM orchestrator.messages AS older
         WHERE older.shard = message.shard AND older.user_id = message.user_id AND older.direction = 'outbound'
           AND older.status = 'pending' AND older.waiting_for = 'quiet_hours'
           AND (older.created_at, older.id) < (message.created_at, message.id)
         ORDER BY older.created_at DESC, older.id DESC LIMIT 1) END AS wait_until,
       coalesce(budget.xmin::text, '') AS budget_version,
-- include: user_facts_columns
FROM unnest($2::smallint[], $3::uuid[]) AS candidate (shard, id)
CROSS JOIN LATERAL (
  SELECT * FROM orchestrator.messages WHERE shard = candidate.shard AND id = candidate.id OFFSET 0
) AS message
LEFT JOIN orchestrator.users ON users.shard = message.shard AND users.id = message.user_id
LEFT JOIN orchestrator.user_message_budget AS budget
  ON budget.shard = message.shard AND budget.user_id = message.user_id
LEFT JOIN orchestrator.message_queue AS queue
  ON queue.shard = message.shard AND queue.id = message.queue_id AND queue.user_id = message.user_id
WHERE message.direction = 'outbound' AND message.status = 'pending'
  AND (message.next_attempt_at IS NULL OR message.next_attempt_at <= $1::timestamptz)
  AND
-- include: is_first_of_user
ORDER BY message.created_at, message.id
FOR NO KEY UPDATE OF message SKIP LOCKED
