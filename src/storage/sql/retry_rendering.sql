-- Has the LLM asked again about message $1 of user $2 at $4, if $3 is still its token.
-- Locks the message; lock_user_budget.sql has locked the user. Index: primary key of message_queue.
UPDATE orchestrator.message_queue SET render_token = NULL, render_due_at = $4::timestamptz
WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid AND user_id = $2 AND render_token = $3::uuid
  AND awaiting IS NOT NULL AND status IN ('queued', 'approved')
