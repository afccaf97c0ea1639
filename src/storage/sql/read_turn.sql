-- Reads status, token and reply of turn $1 of user $2.
-- Locks nothing. Index: primary key of inbound_turns.
SELECT status, token, reply_message_id FROM orchestrator.inbound_turns WHERE id = $1::uuid AND user_id = $2
