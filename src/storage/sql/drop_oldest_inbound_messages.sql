-- Drops the oldest waiting messages of contact $1 beyond the newest $2, at $3.
-- Locks the messages; the contact is locked. Index: inbound_queue_waiting.
UPDATE orchestrator.inbound_queue AS queue SET status = 'dropped', finished_at = $3::timestamptz
FROM (SELECT id FROM orchestrator.inbound_queue WHERE user_id = $1 AND status = 'waiting'
      ORDER BY position DESC OFFSET $2) AS oldest
WHERE queue.id = oldest.id AND queue.user_id = $1
RETURNING queue.message_id
