-- Reads the number and start of the current attempt of turn $1 of user $2.
-- Locks nothing; the contact is locked. Index: primary key of inbound_turns.
SELECT attempt, orchestrator.micros(taken_at) AS taken_at FROM orchestrator.inbound_turns
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
