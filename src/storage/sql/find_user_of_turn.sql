-- Reads the user of turn $1.
-- Locks nothing. Index: primary key of inbound_turns.
SELECT user_id FROM orchestrator.inbound_turns WHERE id = $1::uuid
