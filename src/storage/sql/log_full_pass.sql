-- Logs a full pass that began at $1 and ended at $2, with its totals $3 (a JSON object).
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
VALUES (orchestrator.shard_of('*'), orchestrator.uuid_v7(orchestrator.shard_of('*')), 'message_orchestrator',
        'full_pass', '*', jsonb_build_object('started_at', $1::timestamptz), $3::jsonb, $2::timestamptz)
