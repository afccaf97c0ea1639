-- Reads the user of message $1.
-- Locks nothing. Index: primary key of message_queue.
SELECT user_id FROM (
-- include: message_by_id
) AS queue
