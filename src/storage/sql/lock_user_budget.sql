-- Locks the budget row of user $1. Every transaction that moves a user's messages takes this lock first.
-- Index: primary key of user_message_budget.
SELECT FROM orchestrator.user_message_budget
WHERE shard = orchestrator.shard_of($1) AND user_id = $1 FOR NO KEY UPDATE
