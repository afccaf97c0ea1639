-- Postpones to $2 a user that is due at $1: user $4, or if it is NULL the one longest due ($3: express users
-- only).
-- Locks the row of user_message_budget; a row that another transaction has locked is skipped.
-- Index: user_message_budget_due.
UPDATE orchestrator.user_message_budget AS budget SET next_attempt_at = $2::timestamptz
FROM (SELECT user_id FROM orchestrator.user_message_budget
      WHERE next_attempt_at <= $1::timestamptz AND (express OR NOT $3) AND user_id = coalesce($4, user_id)
      ORDER BY next_attempt_at LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED) AS first
WHERE budget.user_id = first.user_id
RETURNING budget.user_id
