-- Locks the users of up to $2 messages that expired by $1 and are with the LLM or part of a sequence:
-- expiring such a message changes its user's next attempt, and the user's row is always locked first. Rows
-- that another transaction has locked are skipped.
-- Index: message_queue_expiry, primary key of user_message_budget.
SELECT user_id FROM orchestrator.user_message_budget
WHERE (shard, user_id) IN (
  SELECT overdue.shard, overdue.user_id
  FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT shard, user_id FROM orchestrator.message_queue
    WHERE shard = s.shard AND status IN ('queued', 'approved') AND expires_at <= $1::timestamptz
      AND (NOT ready OR sequence_id IS NOT NULL)
    ORDER BY expires_at LIMIT $2
  ) AS overdue
  LIMIT $2)
FOR NO KEY UPDATE SKIP LOCKED
