-- Ends the messages $1 ([{shard, id}]) with status $2 and reason $3 at $4, logs and counts it.
-- Locks the rows, which the pass has locked before. Index: primary key of message_queue.
-- set rows: closed
-- set outcome: $2::text::orchestrator.message_outcome
-- set reason: $3
-- set at: $4
WITH closed AS (
  UPDATE orchestrator.message_queue AS queue SET status = $2, status_reason = $3
  FROM json_to_recordset($1::json) AS closing (shard smallint, id uuid)
  WHERE queue.shard = closing.shard AND queue.id = closing.id
  RETURNING queue.shard, queue.user_id, queue.id, queue.priority, queue.agent_id
), counted AS (
-- include: count_messages
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', $2, user_id,
       jsonb_build_object('message_id', id, 'priority', priority), jsonb_build_object('reason', $3::text),
       $4::timestamptz
FROM closed
