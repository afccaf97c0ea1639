-- Supersedes message $1 of user $2 at $4, with all parts of its sequence, if $3 is still its token; requests
-- a reformulation ($5 text, $6 what the user has written, $7 explanation); logs and counts it. A trigger deletes the row of
-- llm_work.
-- Locks the message, then its row of llm_work, then the other parts; lock_user_budget.sql has locked the user.
-- Index: primary keys of message_queue and llm_work, message_queue_sequence.
-- set rows: superseded
-- set outcome: 'superseded'
-- set reason: 'stale_context'
-- set at: $4
WITH
-- include: leased_llm_work
, all_parts AS (
  SELECT shard, id FROM leased
  UNION
  SELECT part.shard, part.id FROM leased JOIN orchestrator.message_queue AS part USING (shard, user_id, sequence_id)
  WHERE part.status IN ('queued', 'approved')
), superseded AS (
  UPDATE orchestrator.message_queue AS queue
  SET status = 'superseded', superseded_reason = 'stale_context', status_reason = 'stale_context'
  FROM all_parts
  WHERE queue.shard = all_parts.shard AND queue.id = all_parts.id AND queue.status IN ('queued', 'approved')
  RETURNING queue.shard, queue.user_id, queue.id, queue.priority, queue.agent_id
), requested AS (
  INSERT INTO orchestrator.reformulation_requests
    (shard, id, user_id, message_id, agent_id, conversation_id, original, message_data, said, explanation, created_at)
  SELECT shard, orchestrator.uuid_v7(shard), user_id, id, agent_id, conversation_context_id, nullif($5, ''),
         message_data, $6::jsonb, nullif($7, ''), $4::timestamptz
  FROM leased
), counted AS (
-- include: count_messages
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'superseded', user_id,
       jsonb_build_object('message_id', id, 'priority', priority), '{"reason": "stale_context"}', $4::timestamptz
FROM superseded
