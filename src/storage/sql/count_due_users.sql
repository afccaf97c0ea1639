-- Counts the users that are due at $1, up to $2.
-- Locks nothing. Index: user_message_budget_due.
SELECT count(*) FROM (
  SELECT
  FROM unnest(orchestrator.shards()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT FROM orchestrator.user_message_budget
    WHERE shard = s.shard AND next_attempt_at <= $1::timestamptz
    LIMIT $2
  ) AS due_in_shard
  LIMIT $2
) AS due
