-- Locks all users with messages that are with the LLM, in the order of their ids.
-- Index: message_queue_awaiting.
SELECT user_id FROM orchestrator.user_message_budget
WHERE user_id IN (SELECT user_id FROM orchestrator.message_queue
                  WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL)
ORDER BY user_id FOR NO KEY UPDATE
