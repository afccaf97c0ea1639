-- Reads the user ids of all contacts whose turn an agent works on.
-- Locks nothing. Index: inbound_contacts_in_process.
SELECT user_id FROM orchestrator.inbound_contacts WHERE token IS NOT NULL ORDER BY user_id
