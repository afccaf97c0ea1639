-- Reads when the next turn is due, or the next lease expires.
-- Locks nothing. Index: inbound_contacts_due.
SELECT orchestrator.micros(next_turn_at) FROM orchestrator.inbound_contacts
WHERE next_turn_at IS NOT NULL ORDER BY next_turn_at LIMIT 1
