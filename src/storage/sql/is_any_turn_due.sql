-- Tells whether a contact's turn is due at $1. Reads min(next_turn_at) from the index: with statistics of a
-- busier hour, the planner would scan the table for the first due row.
-- Locks nothing. Index: inbound_contacts_due.
SELECT coalesce(min(next_turn_at) <= $1::timestamptz, false) FROM orchestrator.inbound_contacts
