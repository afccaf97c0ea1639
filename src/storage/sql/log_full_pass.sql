-- Logs a full pass that began at $1 and ended at $2, with what it did: $3 promoted, $4 deferred, $5 expired,
-- $6 cancelled, $7 failed, $8 sent to the LLM.
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
VALUES (orchestrator.shard_of('*'), orchestrator.uuid_v7(orchestrator.shard_of('*')), 'message_orchestrator',
        'full_pass', '*', jsonb_build_object('started_at', $1::timestamptz),
        jsonb_build_object('promoted', $3::bigint, 'deferred', $4::bigint, 'expired', $5::bigint,
                           'cancelled', $6::bigint, 'failed', $7::bigint, 'sent_to_llm', $8::bigint),
        $2::timestamptz)
