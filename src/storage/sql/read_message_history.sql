-- Reads what happened to message $2 of user $1, oldest first, at most 1000 entries: the log, and the promotion, which
-- precedes what delivery logs at the same instant.
-- Locks nothing. Index: agent_actions_log_user, primary key of message_queue.
SELECT action_type, reason, orchestrator.micros(until) AS until, orchestrator.micros(at) AS at FROM (
  SELECT action_type, coalesce(output_data ->> 'reason', '') AS reason, (output_data ->> 'until')::timestamptz AS until,
         created_at AS at, CASE WHEN action_type LIKE 'send%' THEN 2 ELSE 0 END AS rank, id
  FROM orchestrator.agent_actions_log
  WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND input_data ->> 'message_id' = $2::text
  UNION ALL
  SELECT 'promoted', '', NULL, sent_at, 1, delivered_message_id
  FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($1) AND id = $2::text::uuid AND user_id = $1 AND status = 'sent'
) AS history
ORDER BY at, rank, id LIMIT 1000
