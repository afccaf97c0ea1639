-- Claims the users that a full pass processes next: those due at $1, longest due first, at most $2.
-- Locks their rows of user_message_budget; rows that another transaction has locked are skipped.
-- A statement by itself, because everything read afterwards must be newer than the locks.
-- Index: user_message_budget_due.
SELECT user_id FROM orchestrator.user_message_budget
WHERE next_attempt_at <= $1::timestamptz
ORDER BY next_attempt_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED
