-- Reads settings and counters of the users $2 in the logical shards $1 (parallel arrays), with each user's position in
-- the arrays, from 0.
-- Locks nothing; the pass has locked the rows of user_message_budget.
-- Index: primary keys of user_message_budget and users.
SELECT claimed.position - 1 AS position,
-- include: user_facts_columns
FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS claimed (shard, user_id, position)
JOIN orchestrator.user_message_budget AS budget ON budget.shard = claimed.shard AND budget.user_id = claimed.user_id
JOIN orchestrator.users ON users.shard = claimed.shard AND users.id = claimed.user_id
