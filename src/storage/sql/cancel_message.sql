-- Cancels message $1 of user $2, with all parts of its sequence, for reason $3 at $4, logs and counts it. Messages
-- that do not wait stay as they are.
-- Locks the messages; lock_user_budget.sql has locked the user. Index: primary key of message_queue,
-- message_queue_sequence.
-- set rows: cancelled
-- set outcome: 'cancelled'
-- set reason: $3
-- set at: $4
WITH requested AS (
  SELECT shard, id, user_id, sequence_id FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid AND user_id = $2
), all_parts AS (
  SELECT shard, id FROM requested
  UNION
  SELECT part.shard, part.id
  FROM requested JOIN orchestrator.message_queue AS part USING (shard, user_id, sequence_id)
), cancelled AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'cancelled', status_reason = $3
  FROM all_parts
  WHERE queue.shard = all_parts.shard AND queue.id = all_parts.id AND queue.status IN ('queued', 'approved')
  RETURNING queue.shard, queue.user_id, queue.id, queue.priority, queue.agent_id
), counted AS (
-- include: count_messages
)
INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data,
                                            created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'cancelled', user_id,
       jsonb_build_object('message_id', id, 'priority', priority),
       jsonb_build_object('reason', $3::text), $4::timestamptz
FROM cancelled
