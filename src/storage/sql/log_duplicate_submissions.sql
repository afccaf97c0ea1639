-- Logs submissions that were answered with an earlier message of the same content,
-- $1 [{user_id, agent_id, duplicate_of}], at $2.
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'duplicate', user_id, jsonb_build_object('agent_id', agent_id),
       jsonb_build_object('reason', 'duplicate', 'duplicate_of', duplicate_of), $2::timestamptz
FROM json_to_recordset($1::json) AS repeated (user_id text, agent_id text, duplicate_of text)
