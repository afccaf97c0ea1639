-- Fails message $1 of user $2 at $4, if $3 is still its token, logs and counts it. A trigger deletes its row of llm_work.
-- Locks the message, then its row of llm_work; lock_user_budget.sql has locked the user.
-- Index: primary keys of message_queue and llm_work.
-- set rows: failed
-- set outcome: 'failed'
-- set reason: 'render_failed'
-- set at: $4
WITH
-- include: leased_llm_work
, failed AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'failed', status_reason = 'render_failed'
  FROM leased WHERE queue.shard = leased.shard AND queue.id = leased.id
  RETURNING queue.shard, queue.user_id, queue.id, queue.priority, queue.agent_id
), counted AS (
-- include: count_messages
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'failed', user_id,
       jsonb_build_object('message_id', id, 'priority', priority), '{"reason": "render_failed"}', $4::timestamptz
FROM failed
