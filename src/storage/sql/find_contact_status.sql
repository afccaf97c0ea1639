-- Reads the status of the contact of user $1.
-- Locks nothing. Index: primary keys of inbound_contacts and inbound_turns, inbound_queue_waiting.
-- include: contact_status
WHERE contact.shard = orchestrator.shard_of($1) AND contact.user_id = $1
