-- Reads up to $1 contacts with an open turn or waiting messages, most messages first.
-- Locks nothing. Index: inbound_contacts_due, inbound_queue_waiting, primary key of inbound_turns.
-- include: contact_status
WHERE contact.next_turn_at IS NOT NULL
ORDER BY backlog.waiting DESC, contact.next_turn_at LIMIT $1
