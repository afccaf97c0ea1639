-- Makes contact $1 of the self-test the first that is due, so that its claim takes no other contact's turn.
-- Locks the contact. Index: primary key of inbound_contacts.
UPDATE orchestrator.inbound_contacts SET next_turn_at = '-infinity'
WHERE shard = orchestrator.shard_of($1) AND user_id = $1
