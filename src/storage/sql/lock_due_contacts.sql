-- Locks up to $2 contacts whose turn is due at $1 and not in process, longest due first. Rows that another
-- transaction has locked are skipped.
-- Index: inbound_contacts_due.
SELECT user_id FROM orchestrator.inbound_contacts
WHERE next_turn_at <= $1::timestamptz AND token IS NULL
ORDER BY next_turn_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED
