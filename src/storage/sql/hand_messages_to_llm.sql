-- Marks the messages $1 ([{user_id, id, awaiting}]) as waiting for an answer of the LLM from $2 on.
-- Locks the rows, which the pass has locked before. Index: primary key of message_queue.
UPDATE orchestrator.message_queue AS queue
SET awaiting = question.awaiting, render_due_at = $2::timestamptz, render_token = NULL, render_attempts = 0
FROM json_to_recordset($1::json) AS question (user_id text, id uuid, awaiting orchestrator.llm_question)
WHERE queue.id = question.id AND queue.user_id = question.user_id
