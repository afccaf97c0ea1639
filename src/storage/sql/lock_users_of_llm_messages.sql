-- Locks all users with messages that the LLM is asked about, in the order of their ids.
-- Index: llm_work_user, primary key of user_message_budget.
SELECT FROM orchestrator.user_message_budget
WHERE (shard, user_id) IN (SELECT shard, user_id FROM orchestrator.llm_work WHERE question IS NOT NULL)
ORDER BY user_id FOR NO KEY UPDATE
