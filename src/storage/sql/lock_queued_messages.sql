-- Locks the messages $2 of the users $1 (parallel arrays) and returns the ids of those that it locked. Rows
-- that another transaction has locked are skipped. A transaction that changes a row so that it may go sooner
-- must first lock the user's row of user_message_budget, which the pass holds: only the status can have
-- changed since the rows were read.
-- Index: primary key of message_queue.
SELECT queue.id
FROM unnest($1::text[], $2::uuid[]) AS reading (user_id, id)
JOIN orchestrator.message_queue AS queue ON queue.id = reading.id AND queue.user_id = reading.user_id
WHERE queue.status IN ('queued', 'approved')
FOR NO KEY UPDATE OF queue SKIP LOCKED
