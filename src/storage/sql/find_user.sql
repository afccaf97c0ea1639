-- Reads the user $1 with counters and gates.
-- Locks nothing. Index: primary keys of users and user_message_budget.
SELECT
-- include: user_facts_columns
  , users.phone_number, orchestrator.micros(users.opted_out_at) AS opted_out_at,
  orchestrator.micros(users.created_at) AS created_at, orchestrator.micros(users.updated_at) AS updated_at,
  orchestrator.micros(budget.next_attempt_at) AS next_attempt_at,
  orchestrator.micros(budget.blocked_until) AS blocked_until, budget.blocked_by
FROM orchestrator.users
LEFT JOIN orchestrator.user_message_budget AS budget ON budget.shard = users.shard AND budget.user_id = users.id
WHERE users.shard = orchestrator.shard_of($1) AND users.id = $1
