-- Ends the messages of turn $1 of user $2 with status $3 at $4.
-- Locks the rows of inbound_queue. Index: inbound_queue_turn.
UPDATE orchestrator.inbound_queue SET status = $3, finished_at = $4::timestamptz
WHERE shard = orchestrator.shard_of($2) AND turn_id = $1::uuid AND status = 'processing'
