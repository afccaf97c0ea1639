-- Of the users $1, those that exist.
-- Locks nothing. Index: primary key of user_message_budget.
SELECT user_id FROM orchestrator.user_message_budget WHERE user_id = ANY ($1::text[])
