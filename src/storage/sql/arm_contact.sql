-- Closes the open turn of contact $1, if any, and sets its next turn to $2; NULL: none.
-- Locks the contact, which is locked before. Index: primary key of inbound_contacts.
UPDATE orchestrator.inbound_contacts SET turn_id = NULL, token = NULL, next_turn_at = $2::timestamptz
WHERE shard = orchestrator.shard_of($1) AND user_id = $1
