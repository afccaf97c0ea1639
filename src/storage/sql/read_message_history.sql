-- Reads what the log tells of message $2 of user $1, oldest first, at most 1000 entries.
-- Locks nothing. Index: agent_actions_log_user.
SELECT action_type, coalesce(output_data ->> 'reason', '') AS reason,
       orchestrator.micros((output_data ->> 'until')::timestamptz) AS until, orchestrator.micros(created_at) AS at
FROM orchestrator.agent_actions_log
WHERE user_id = $1 AND input_data ->> 'message_id' = $2
ORDER BY created_at, id LIMIT 1000
