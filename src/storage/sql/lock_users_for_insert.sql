-- Locks the budget rows of the users $1, for inserting messages. Rows that another transaction has locked are
-- skipped: one locked user must not delay the others of the batch.
-- Index: primary key of user_message_budget.
SELECT budget.user_id
FROM unnest($1::text[]) AS wanted (user_id)
JOIN orchestrator.user_message_budget AS budget
  ON budget.shard = orchestrator.shard_of(wanted.user_id) AND budget.user_id = wanted.user_id
FOR NO KEY UPDATE OF budget SKIP LOCKED
