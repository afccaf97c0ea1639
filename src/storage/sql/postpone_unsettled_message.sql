-- Sets the next look-up of message $1 of user $2 to $3; NULL: only a report can settle it.
-- Locks the message, which is locked before. Index: primary key of messages.
UPDATE orchestrator.messages SET next_attempt_at = $3::timestamptz
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
