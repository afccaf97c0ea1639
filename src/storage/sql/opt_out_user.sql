-- Opts user $1 out at $2; changes no row if the user already has.
-- Locks the row of users. Index: its primary key.
UPDATE orchestrator.users SET opted_out_at = $2::timestamptz, updated_at = $2::timestamptz
WHERE shard = orchestrator.shard_of($1) AND id = $1 AND opted_out_at IS NULL
