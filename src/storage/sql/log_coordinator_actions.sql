-- Logs actions of the coordinator, $1 [{action, user_id, input, output, error, latency_ms}], at $2.
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data, error,
                                            latency_ms, created_at)
SELECT orchestrator.shard_of(user_id), orchestrator.uuid_v7(orchestrator.shard_of(user_id)), 'message_coordinator',
       action, user_id, input, output, error, latency_ms, $2::timestamptz
FROM json_to_recordset($1::json) AS entry (
  action text, user_id text, input jsonb, output jsonb, error text, latency_ms integer)
