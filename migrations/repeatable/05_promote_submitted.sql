-- The part of submit_messages() that promotes: moves messages that it has just stored as sent into `messages`, stores their
-- users' counters, gates and next attempts, and counts. What a pass does by apply_pass.sql.
CREATE OR REPLACE FUNCTION orchestrator.promote_submitted(
  shards      smallint[],  -- by the position of the request
  queue_ids   uuid[],      -- likewise: message_queue.id
  promotions  orchestrator.immediate_promotion[],
  promoted_at timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  WITH promotion AS MATERIALIZED (
    SELECT promotion.*, queue.shard, queue.id AS queue_id, queue.user_id, queue.agent_id, queue.conversation_context_id,
           queue.priority, orchestrator.message_text(queue.final_message, queue.message_data) AS content
    FROM unnest(promote_submitted.promotions) AS promotion
    JOIN orchestrator.message_queue AS queue
      ON queue.shard = promote_submitted.shards[promotion.request]
         AND queue.id = promote_submitted.queue_ids[promotion.request]
  ), inserted AS (
    INSERT INTO orchestrator.messages
      (shard, id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
    SELECT shard, message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1), content,
           'pending', queue_id, promote_submitted.promoted_at
    FROM promotion
  ), counted AS (
    INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
    SELECT min(shard), date_trunc('minute', promote_submitted.promoted_at), agent_id, priority, 'sent', '',
           pg_backend_pid(), count(*)
    FROM promotion GROUP BY agent_id, priority
    ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
    SET messages = counts.messages + excluded.messages
  )
  UPDATE orchestrator.user_message_budget AS budget
  SET next_attempt_at = promotion.next_attempt_at, express = promotion.express,
      blocked_until = promotion.blocked_until, blocked_by = promotion.blocked_by,
      date = promotion.date, messages_sent = promotion.messages_sent, last_message_at = promotion.last_message_at,
      recent_sends = promotion.recent_sends::timestamptz[], daily_limit = promotion.daily_limit,
      hourly_limit = promotion.hourly_limit, quiet_hours_enabled = promotion.quiet_hours_enabled
  FROM promotion
  WHERE budget.shard = promotion.shard AND budget.user_id = promotion.user_id;
END $$;
