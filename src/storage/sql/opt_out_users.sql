-- Opts the users $1 out at $2: they have opted out at the provider.
-- Locks the rows of users, in the order of their ids. Index: their primary key.
WITH locked AS (
  SELECT users.shard, users.id
  FROM (SELECT user_id, orchestrator.shard_of(user_id) AS shard
        FROM unnest($1::text[]) AS u (user_id)) AS requested
  JOIN orchestrator.users ON users.shard = requested.shard AND users.id = requested.user_id
  WHERE users.opted_out_at IS NULL
  ORDER BY users.id
  FOR NO KEY UPDATE OF users
)
UPDATE orchestrator.users SET opted_out_at = $2::timestamptz
FROM locked WHERE users.shard = locked.shard AND users.id = locked.id AND users.opted_out_at IS NULL
