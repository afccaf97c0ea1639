-- Ends turn $1 of user $2 with status $3 and error $4 at $5.
-- Locks the turn; the contact is locked. Index: primary key of inbound_turns.
UPDATE orchestrator.inbound_turns SET status = $3, error = $4, finished_at = $5::timestamptz, lease_until = NULL
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
