-- Reads the user ids of up to $2 contacts with a next turn, following $1 in order.
-- Locks nothing. Index: primary key of inbound_contacts.
SELECT user_id FROM orchestrator.inbound_contacts
WHERE next_turn_at IS NOT NULL AND user_id > $1 ORDER BY user_id LIMIT $2
