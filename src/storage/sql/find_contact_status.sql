-- Reads the status of the contact of user $1.
-- Locks nothing. Index: primary key of inbound_contacts, inbound_queue_waiting.
-- include: contact_status
WHERE contact.user_id = $1
