-- Reads settings and counters of the users $1, with each user's position in the array, from 0.
-- Locks nothing; the pass has locked the rows of user_message_budget.
-- Index: primary keys of user_message_budget and users.
SELECT claimed.position - 1 AS position,
-- include: user_facts_columns
FROM unnest($1::text[]) WITH ORDINALITY AS claimed (user_id, position)
JOIN orchestrator.user_message_budget AS budget ON budget.user_id = claimed.user_id
JOIN orchestrator.users ON users.id = claimed.user_id
