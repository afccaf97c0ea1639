-- Locks the budget rows of the users $1, for inserting messages. Rows that another transaction has locked are
-- skipped: one locked user must not delay the others of the batch.
-- Index: primary key of user_message_budget.
SELECT user_id FROM orchestrator.user_message_budget WHERE user_id = ANY ($1::text[])
FOR NO KEY UPDATE SKIP LOCKED
