-- Drops the oldest waiting messages of contact $1 beyond the newest $2, at $3.
-- Locks the messages; the contact is locked. Index: inbound_queue_waiting, primary key of inbound_queue.
UPDATE orchestrator.inbound_queue AS queue SET status = 'dropped', finished_at = $3::timestamptz
FROM (SELECT shard, id FROM orchestrator.inbound_queue
      WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status = 'waiting'
      ORDER BY position DESC OFFSET $2) AS oldest
WHERE queue.shard = oldest.shard AND queue.id = oldest.id
RETURNING queue.message_id
