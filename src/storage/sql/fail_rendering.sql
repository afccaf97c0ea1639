-- Fails message $1 of user $2 at $4, if $3 is still its token, and logs it.
-- Locks the message; lock_user_budget.sql has locked the user. Index: primary key of message_queue.
WITH failed AS (
  UPDATE orchestrator.message_queue
  SET status = 'failed', status_reason = 'render_failed', awaiting = NULL, render_token = NULL, render_due_at = NULL
  WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid AND user_id = $2 AND render_token = $3::uuid
    AND awaiting IS NOT NULL AND status IN ('queued', 'approved')
  RETURNING shard, user_id, id, priority
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'failed', user_id,
       jsonb_build_object('message_id', id, 'priority', priority), '{"reason": "render_failed"}', $4::timestamptz
FROM failed
