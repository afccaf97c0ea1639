-- Claims the users that a full pass processes next: of those due at $1, at most $2, longest due first within a logical
-- shard; the shards take turns.
-- Locks their rows of user_message_budget; rows that another transaction has locked are skipped.
-- A statement by itself, because everything read afterwards must be newer than the locks.
-- Index: user_message_budget_due.
SELECT claimed.shard, claimed.user_id
FROM unnest(orchestrator.shards_in_turn()) AS s (shard)
CROSS JOIN LATERAL (
  SELECT shard, user_id FROM orchestrator.user_message_budget
  WHERE shard = s.shard AND next_attempt_at <= $1::timestamptz
  ORDER BY next_attempt_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
) AS claimed
LIMIT $2
