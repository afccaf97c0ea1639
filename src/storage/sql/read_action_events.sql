-- Reads the log entries $2 of the logical shards $1 (parallel arrays), with the text of messages that were received.
-- Locks nothing. Index: primary keys of agent_actions_log and messages.
SELECT entry.id, entry.agent_type = 'message_coordinator' AS is_coordinator, entry.action_type AS action,
       entry.user_id, coalesce(entry.input_data, '{}') AS input, coalesce(entry.output_data, '{}') AS output,
       coalesce(entry.error, '') AS error, entry.latency_ms, coalesce(received.content, '') AS text,
       orchestrator.micros(entry.created_at) AS at
FROM unnest($1::smallint[], $2::uuid[]) AS place (shard, id)
JOIN orchestrator.agent_actions_log AS entry ON entry.shard = place.shard AND entry.id = place.id
LEFT JOIN orchestrator.messages AS received
  ON received.shard = entry.shard AND received.user_id = entry.user_id
     AND received.id = CASE WHEN entry.agent_type = 'message_coordinator' AND entry.action_type = 'received'
                            THEN (entry.input_data ->> 'message_id')::uuid END
WHERE entry.agent_type IN ('message_coordinator', 'message_orchestrator')
