-- Counts the contacts whose turn an agent works on.
-- Locks nothing. Index: inbound_contacts_in_process.
SELECT count(*) FROM orchestrator.inbound_contacts WHERE token IS NOT NULL
