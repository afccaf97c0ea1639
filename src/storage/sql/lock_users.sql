-- As share_lock_users.sql, for arrivals that may opt a user out or in.
-- Locks the rows FOR NO KEY UPDATE. Index: primary key of users.
SELECT
FROM (SELECT user_id, orchestrator.shard_of(user_id) AS shard FROM unnest($1::text[]) AS u (user_id)) AS arriving
JOIN orchestrator.users ON users.shard = arriving.shard AND users.id = arriving.user_id
ORDER BY users.id FOR NO KEY UPDATE OF users
