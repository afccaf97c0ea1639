-- Reads the status of message $1 of user $2.
-- Locks nothing. Index: primary key of message_queue.
SELECT status FROM orchestrator.message_queue WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid AND user_id = $2
