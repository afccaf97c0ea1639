-- Takes the waiting messages of contact $1 out of its queue at $2, and turn $3 if it waits to be retried.
-- Locks the messages and the turn; the contact is locked. Index: inbound_queue_waiting, inbound_queue_turn.
WITH flushed AS (
  UPDATE orchestrator.inbound_queue SET status = 'flushed', finished_at = $2::timestamptz
  WHERE user_id = $1 AND (status = 'waiting' OR ($3::uuid IS NOT NULL AND status = 'processing' AND turn_id = $3::uuid))
  RETURNING id
), turn AS (
  UPDATE orchestrator.inbound_turns SET status = 'flushed', finished_at = $2::timestamptz
  WHERE user_id = $1 AND id = $3::uuid
)
SELECT count(*) FROM flushed
