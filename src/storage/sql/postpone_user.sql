-- Postpones user $1 to $3, if due at $2.
-- Locks the row of user_message_budget; a row that another transaction has locked is skipped.
-- Index: primary key of user_message_budget.
UPDATE orchestrator.user_message_budget AS budget SET next_attempt_at = $3::timestamptz
FROM (SELECT shard, user_id FROM orchestrator.user_message_budget
      WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND next_attempt_at <= $2::timestamptz
      FOR NO KEY UPDATE SKIP LOCKED) AS due
WHERE budget.shard = due.shard AND budget.user_id = due.user_id
