-- Reads status, token and reply of turn $1 of user $2.
-- Locks nothing. Index: primary key of inbound_turns.
SELECT status, token, reply_message_id FROM orchestrator.inbound_turns
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
