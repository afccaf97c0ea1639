-- Reads the user of message $1.
-- Locks nothing. Index: primary key of message_queue.
SELECT user_id FROM orchestrator.message_queue WHERE id = $1::uuid
