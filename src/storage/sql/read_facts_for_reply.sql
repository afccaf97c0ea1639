-- Reads settings and counters of user $1, to count a reply.
-- Locks nothing; lock_user_budget.sql has locked the budget. Index: primary keys of users and
-- user_message_budget.
SELECT
-- include: user_facts_columns
FROM orchestrator.users
JOIN orchestrator.user_message_budget AS budget ON budget.shard = users.shard AND budget.user_id = users.id
WHERE users.shard = orchestrator.shard_of($1) AND users.id = $1
