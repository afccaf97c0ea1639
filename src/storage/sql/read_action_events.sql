-- Reads the log entries $1 of the users $2 (parallel arrays), with the text of messages that were received.
-- Locks nothing. Index: primary keys of agent_actions_log and messages.
SELECT entry.id, entry.agent_type = 'message_coordinator' AS is_coordinator, entry.action_type AS action,
       entry.user_id, coalesce(entry.input_data, '{}') AS input, coalesce(entry.output_data, '{}') AS output,
       coalesce(entry.error, '') AS error, entry.latency_ms, coalesce(received.content, '') AS text,
       orchestrator.micros(entry.created_at) AS at
FROM unnest($1::text[], $2::text[]) AS place (id, user_id)
JOIN orchestrator.agent_actions_log AS entry ON entry.id = place.id::uuid AND entry.user_id = place.user_id
LEFT JOIN orchestrator.messages AS received
  ON received.user_id = entry.user_id
     AND received.id = CASE WHEN entry.agent_type = 'message_coordinator' AND entry.action_type = 'received'
                            THEN (entry.input_data ->> 'message_id')::uuid END
WHERE entry.agent_type IN ('message_coordinator', 'message_orchestrator')
