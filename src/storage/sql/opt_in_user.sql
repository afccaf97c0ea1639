-- Opts user $1 in again at $2; changes no row if the user has not opted out.
-- Locks the row of users. Index: its primary key.
UPDATE orchestrator.users SET opted_out_at = NULL, updated_at = $2::timestamptz
WHERE shard = orchestrator.shard_of($1) AND id = $1 AND opted_out_at IS NOT NULL
