-- Returns every message that is with the LLM to the queue: there is no LLM to ask.
-- Locks the messages; lock_users_of_llm_messages.sql has locked the users. Index: message_queue_awaiting.
UPDATE orchestrator.message_queue SET awaiting = NULL, render_token = NULL, render_due_at = NULL, render_attempts = 0
WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL
