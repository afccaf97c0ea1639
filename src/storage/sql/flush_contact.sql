-- Takes the waiting messages of contact $1 out of its queue at $2, and turn $3 if it waits to be retried.
-- Locks the messages and the turn; the contact is locked. Index: inbound_queue_waiting, inbound_queue_turn, primary
-- key of inbound_turns.
WITH flushed AS (
  UPDATE orchestrator.inbound_queue SET status = 'flushed', finished_at = $2::timestamptz
  WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status = 'waiting'
  RETURNING id
), flushed_of_turn AS (
  UPDATE orchestrator.inbound_queue SET status = 'flushed', finished_at = $2::timestamptz
  WHERE shard = orchestrator.shard_of($1) AND turn_id = $3::uuid AND status = 'processing'
  RETURNING id
), turn AS (
  UPDATE orchestrator.inbound_turns SET status = 'flushed', finished_at = $2::timestamptz
  WHERE shard = orchestrator.shard_of($1) AND id = $3::uuid
)
SELECT (SELECT count(*) FROM flushed) + (SELECT count(*) FROM flushed_of_turn)
