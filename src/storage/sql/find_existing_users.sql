-- Of the users $1, those that exist.
-- Locks nothing. Index: primary key of user_message_budget.
SELECT budget.user_id
FROM unnest($1::text[]) AS wanted (user_id)
JOIN orchestrator.user_message_budget AS budget
  ON budget.shard = orchestrator.shard_of(wanted.user_id) AND budget.user_id = wanted.user_id
