-- Takes the messages $1 ([{shard, id, question}]) out of the queue until the LLM has answered, and has it asked from $2
-- on.
-- Locks the messages, which the pass has locked before, then their rows of llm_work.
-- Index: primary keys of message_queue and llm_work.
WITH asked AS (
  UPDATE orchestrator.message_queue AS queue SET ready = false
  FROM json_to_recordset($1::json) AS requested (shard smallint, id uuid, question orchestrator.llm_question)
  WHERE queue.shard = requested.shard AND queue.id = requested.id
  RETURNING queue.shard, queue.id, queue.user_id, queue.priority, requested.question
)
INSERT INTO orchestrator.llm_work (shard, message_id, user_id, priority, question, due_at)
SELECT shard, id, user_id, priority, question, $2::timestamptz FROM asked
ON CONFLICT (shard, message_id) DO UPDATE
SET priority = excluded.priority, question = excluded.question, due_at = excluded.due_at, token = NULL, attempts = 0
