-- Returns message $1 of user $2 to the queue if $3 is still its token: $4 the context was read until then, $5
-- its new text or NULL. A trigger marks it as ready.
-- Locks the message, then its row of llm_work; lock_user_budget.sql has locked the user.
-- Index: primary keys of message_queue and llm_work.
WITH
-- include: leased_llm_work
, approved AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'approved', final_message = coalesce($5, queue.final_message)
  FROM leased WHERE queue.shard = leased.shard AND queue.id = leased.id
)
UPDATE orchestrator.llm_work AS work
SET question = NULL, due_at = NULL, token = NULL, attempts = 0,
    context_as_of = greatest(work.context_as_of, $4::timestamptz),
    context_checks = work.context_checks + CASE WHEN work.question = 'relevance' THEN 1 ELSE 0 END
FROM leased WHERE work.shard = leased.shard AND work.message_id = leased.id
