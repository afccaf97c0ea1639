-- Makes those of the users $2 in the logical shards $1 (parallel arrays) due again one second after $3 who still have
-- waiting messages: rows that another transaction had locked when cancel_messages_of_opted_out_users.sql ran.
-- Locks the rows of user_message_budget, which the pass has locked before.
-- Index: primary key of user_message_budget, message_queue_head.
UPDATE orchestrator.user_message_budget AS budget SET next_attempt_at = $3::timestamptz + interval '1 second'
FROM unnest($1::smallint[], $2::text[]) AS opted_out (shard, user_id)
CROSS JOIN LATERAL (
  SELECT FROM orchestrator.message_queue
  WHERE shard = opted_out.shard AND user_id = opted_out.user_id AND status IN ('queued', 'approved') AND ready
  LIMIT 1
) AS waiting
WHERE budget.shard = opted_out.shard AND budget.user_id = opted_out.user_id
