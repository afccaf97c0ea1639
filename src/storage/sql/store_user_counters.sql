-- Stores the counters of user $1 after a reply.
-- Locks the row of user_message_budget, which is locked before. Index: its primary key.
UPDATE orchestrator.user_message_budget
SET date = $2::date, messages_sent = $3, last_message_at = $4::timestamptz, recent_sends = $5::timestamptz[]
WHERE shard = orchestrator.shard_of($1) AND user_id = $1
