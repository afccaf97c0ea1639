-- Stores messages that users wrote: this is where an inbound message becomes a row. The parameters and the rows returned are
-- those of the function in migrations/repeatable/05_receive_messages.sql, which does the work in one round trip.
-- Locks: see there. Index: primary keys of inbound_contacts, users and user_message_budget; inbound_queue_waiting,
-- inbound_queue_provider, inbound_queue_content.
SELECT arrival, outcome, message_id, dropped, wakes_queue, changed_consent
FROM orchestrator.receive_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::timestamptz, $13::integer,
                                   $14::integer, $15::timestamptz)
