-- Records an arrival at $2 for contact $1, keeps the latest four, and returns how many messages wait.
-- Locks the contact, which is locked before. Index: primary key of inbound_contacts, inbound_queue_waiting.
UPDATE orchestrator.inbound_contacts
SET recent = (recent || $2::timestamptz)[greatest(cardinality(recent) - 2, 1):], last_message_at = $2::timestamptz
WHERE shard = orchestrator.shard_of($1) AND user_id = $1
RETURNING (SELECT count(*) FROM orchestrator.inbound_queue
           WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND status = 'waiting')
