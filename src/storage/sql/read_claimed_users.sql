-- Reads the settings of the users $2 in the logical shards $1 (parallel arrays), and their first 9 waiting messages in
-- the order of the queue: one more than the pass takes as a whole queue (kWholeQueue), which tells whether there are
-- more. Returns a row for each message, or one for a user without any, with the user's position in the arrays, from 0.
-- Locks the messages; is_locked is false for rows that another transaction has locked. A transaction that changes a
-- row so that it may go sooner must first lock the user's row of user_message_budget, which the pass holds: only the
-- status, and whose message it is, can have changed since the statement began. The lock finds the row by its place,
-- which is the one that the index named a moment ago.
-- Index: primary key of users, message_queue_head, llm_work_user.
SELECT claimed.position - 1 AS position, head.is_locked,
-- include: user_settings_columns
  ,
-- include: waiting_message_columns
FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS claimed (shard, user_id, position)
JOIN orchestrator.users ON users.shard = claimed.shard AND users.id = claimed.user_id
LEFT JOIN LATERAL (
  SELECT waiting.*, locked.id IS NOT NULL AS is_locked
  FROM (
    SELECT *, ctid AS place FROM orchestrator.message_queue
    WHERE shard = claimed.shard AND user_id = claimed.user_id AND status IN ('queued', 'approved') AND ready
    ORDER BY priority, can_delay, scheduled_for, id LIMIT 9
  ) AS waiting
  LEFT JOIN LATERAL (
    SELECT id FROM orchestrator.message_queue
    WHERE ctid = waiting.place AND shard = claimed.shard AND user_id = claimed.user_id
      AND status IN ('queued', 'approved')
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS locked ON true
) AS head ON true
