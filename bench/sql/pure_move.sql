-- The minimum work of PostgreSQL to promote the waiting messages of one of :parts sets of logical shards: no rules, no
-- order, no claim.
WITH sent AS (
  UPDATE message_queue SET status = 'sent', sent_at = now(), delivered_message_id = gen_random_uuid()
  WHERE status = 'queued' AND shard % :parts = :part
  RETURNING shard, delivered_message_id, user_id, agent_id, conversation_context_id, message_data, id
), promoted AS (
  INSERT INTO messages (shard, id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
  SELECT shard, delivered_message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1),
         message_data ->> 'content', 'pending', id, now()
  FROM sent
)
UPDATE user_message_budget AS budget
SET next_attempt_at = NULL, messages_sent = messages_sent + 1, last_message_at = now(),
    recent_sends = recent_sends || now(), date = current_date
FROM sent WHERE budget.shard = sent.shard AND budget.user_id = sent.user_id;
