-- Returns message $1 of user $2 to the queue if $3 is still its token: $4 the context was read until then, $5
-- its new text or NULL.
-- Locks the message; lock_user_budget.sql has locked the user. Index: primary key of message_queue.
UPDATE orchestrator.message_queue
SET status = 'approved', awaiting = NULL, render_token = NULL, render_due_at = NULL, render_attempts = 0,
    context_as_of = greatest(context_as_of, $4::timestamptz),
    context_checks = context_checks + CASE WHEN awaiting = 'relevance' THEN 1 ELSE 0 END,
    final_message = coalesce($5, final_message)
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid AND user_id = $2 AND render_token = $3::uuid
  AND awaiting IS NOT NULL AND status IN ('queued', 'approved')
