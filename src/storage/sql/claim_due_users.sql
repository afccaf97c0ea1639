-- Claims the users that a full pass processes next: of those due at $1, at most $2, longest due first within a logical
-- shard, beginning with shard $3. Returns their counters, which are those of the locked row version.
-- Locks their rows of user_message_budget; rows that another transaction has locked are skipped.
-- A statement by itself, because everything else that is read must be newer than the locks.
-- Index: user_message_budget_due.
SELECT budget.shard, budget.user_id,
-- include: user_counters_columns
FROM unnest(orchestrator.shards_from($3)) AS s (shard)
CROSS JOIN LATERAL (
  SELECT * FROM orchestrator.user_message_budget
  WHERE shard = s.shard AND next_attempt_at <= $1::timestamptz
  ORDER BY next_attempt_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
) AS budget
LIMIT $2
