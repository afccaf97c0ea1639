-- Locks all users with messages that are with the LLM, in the order of their ids.
-- Index: message_queue_awaiting, primary key of user_message_budget.
SELECT FROM orchestrator.user_message_budget
WHERE (shard, user_id) IN (SELECT shard, user_id FROM orchestrator.message_queue
                           WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL)
ORDER BY user_id FOR NO KEY UPDATE
