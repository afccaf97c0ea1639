-- Tells whether a user is due at $1.
-- Locks nothing. Index: user_message_budget_due.
SELECT EXISTS (
  SELECT
  FROM unnest(orchestrator.shards()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT FROM orchestrator.user_message_budget
    WHERE shard = s.shard AND next_attempt_at <= $1::timestamptz
    LIMIT 1
  ) AS due
)
