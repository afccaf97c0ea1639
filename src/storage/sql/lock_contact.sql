-- Locks contact $1 (by user id) and reads its open turn.
-- Index: primary key of inbound_contacts.
SELECT contact_id, turn_id, token FROM orchestrator.inbound_contacts
WHERE shard = orchestrator.shard_of($1) AND user_id = $1 FOR NO KEY UPDATE
