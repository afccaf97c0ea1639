-- Claims due turns for agents. The parameters and the rows returned are those of the function in
-- migrations/repeatable/05_claim_turns.sql, which does the work in one round trip.
-- Locks: see there. Index: inbound_contacts_in_process, inbound_contacts_due, inbound_queue_waiting, inbound_queue_turn,
-- primary keys of inbound_turns and messages.
SELECT turn_id, token, user_id, contact_id, attempt, message_id, provider_message_id, content, message_type,
       orchestrator.micros(written_at) AS written_at, metadata
FROM orchestrator.claim_turns($1::integer, $2::integer, $3::integer, $4, $5, $6::timestamptz, $7::timestamptz)
