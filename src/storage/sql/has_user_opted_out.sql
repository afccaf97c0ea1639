-- Tells whether user $1 has opted out.
-- Locks nothing. Index: primary key of users.
SELECT opted_out_at IS NOT NULL FROM orchestrator.users WHERE shard = orchestrator.shard_of($1) AND id = $1
