-- Takes the sequences $2 of the users $1 (parallel arrays) out of the queue while parts are missing, and back
-- into it when they are complete.
-- Locks the first parts. Index: message_queue_sequence.
SELECT orchestrator.refresh_sequences($1::text[], $2::text[])
