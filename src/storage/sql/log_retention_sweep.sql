-- Logs that a sweep over all tables has ended: $1 deleted rows, $2 now.
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, output_data, created_at)
VALUES (orchestrator.shard_of('*'), orchestrator.uuid_v7(orchestrator.shard_of('*')), 'message_coordinator',
        'cleaned_up', '*', jsonb_build_object('count', $1::bigint), $2::timestamptz)
