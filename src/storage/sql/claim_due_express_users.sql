-- As claim_due_users.sql, for the express lane: users with urgent or high messages, and users who just wrote.
-- Locks their rows of user_message_budget; rows that another transaction has locked are skipped.
-- Index: user_message_budget_express.
SELECT budget.shard, budget.user_id,
-- include: user_counters_columns
FROM unnest(orchestrator.shards_from($3)) AS s (shard)
CROSS JOIN LATERAL (
  SELECT * FROM orchestrator.user_message_budget
  WHERE shard = s.shard AND next_attempt_at <= $1::timestamptz AND express
  ORDER BY next_attempt_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
) AS budget
LIMIT $2
