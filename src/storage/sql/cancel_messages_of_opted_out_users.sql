-- Cancels every waiting message of the users $2 in the logical shards $1 (parallel arrays), who have opted out, at $3,
-- logs and counts it.
-- Locks the messages; rows that another transaction has locked are left to recheck_opted_out_users.sql.
-- Index: message_queue_head, message_queue_not_ready.
-- set rows: cancelled
-- set outcome: 'cancelled'
-- set reason: 'opted_out'
-- set at: $3
WITH opted_out AS MATERIALIZED (
  SELECT * FROM unnest($1::smallint[], $2::text[]) AS opted_out (shard, user_id)
), in_queue AS (
  SELECT queue.shard, queue.id
  FROM opted_out JOIN orchestrator.message_queue AS queue USING (shard, user_id)
  WHERE queue.status IN ('queued', 'approved') AND queue.ready
  FOR NO KEY UPDATE OF queue SKIP LOCKED
), not_in_queue AS (
  SELECT queue.shard, queue.id
  FROM opted_out JOIN orchestrator.message_queue AS queue USING (shard, user_id)
  WHERE queue.status IN ('queued', 'approved') AND NOT queue.ready
  FOR NO KEY UPDATE OF queue SKIP LOCKED
), cancelled AS (
  UPDATE orchestrator.message_queue AS queue SET status = 'cancelled', status_reason = 'opted_out'
  FROM (SELECT shard, id FROM in_queue UNION SELECT shard, id FROM not_in_queue) AS waiting
  WHERE queue.shard = waiting.shard AND queue.id = waiting.id
  RETURNING queue.shard, queue.user_id, queue.id, queue.priority, queue.agent_id
), counted AS (
-- include: count_messages
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'cancelled', user_id,
       jsonb_build_object('message_id', id, 'priority', priority), '{"reason": "opted_out"}', $3::timestamptz
FROM cancelled
