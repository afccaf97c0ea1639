-- Has the LLM asked again about message $1 of user $2 at $4, if $3 is still its token.
-- Locks the row of llm_work; lock_user_budget.sql has locked the user. Index: primary key of llm_work.
UPDATE orchestrator.llm_work SET token = NULL, due_at = $4::timestamptz
WHERE shard = orchestrator.shard_of($2) AND message_id = $1::uuid AND user_id = $2 AND token = $3::uuid
