-- Protects the users $1 from deletion, in the order of their ids. Users are locked before their budget rows.
-- Locks the rows FOR KEY SHARE. Index: primary key of users.
SELECT
FROM (SELECT user_id, orchestrator.shard_of(user_id) AS shard FROM unnest($1::text[]) AS u (user_id)) AS arriving
JOIN orchestrator.users ON users.shard = arriving.shard AND users.id = arriving.user_id
ORDER BY users.id FOR KEY SHARE OF users
