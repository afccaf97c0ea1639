-- Returns every message that the LLM is asked about to the queue: there is no LLM to ask. A trigger marks it as ready.
-- Locks the messages, then their rows of llm_work; lock_users_of_llm_messages.sql has locked the users.
-- Index: llm_work_user, primary keys of message_queue and llm_work.
WITH message AS MATERIALIZED (
  SELECT queue.shard, queue.id
  FROM orchestrator.llm_work AS asked
  JOIN orchestrator.message_queue AS queue ON queue.shard = asked.shard AND queue.id = asked.message_id
  WHERE asked.question IS NOT NULL
  FOR NO KEY UPDATE OF queue
)
DELETE FROM orchestrator.llm_work AS work USING message
WHERE work.shard = message.shard AND work.message_id = message.id AND work.question IS NOT NULL
