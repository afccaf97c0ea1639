-- Marks the messages $1 ([{shard, id, awaiting}]) as waiting for an answer of the LLM from $2 on.
-- Locks the rows, which the pass has locked before. Index: primary key of message_queue.
UPDATE orchestrator.message_queue AS queue
SET awaiting = question.awaiting, render_due_at = $2::timestamptz, render_token = NULL, render_attempts = 0
FROM json_to_recordset($1::json) AS question (shard smallint, id uuid, awaiting orchestrator.llm_question)
WHERE queue.shard = question.shard AND queue.id = question.id
