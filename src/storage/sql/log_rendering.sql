-- Logs one call of the LLM with its cost.
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, error, model_used, input_tokens,
   output_tokens, cost_usd, latency_ms, created_at)
VALUES (orchestrator.shard_of($2), orchestrator.uuid_v7(orchestrator.shard_of($2)), 'message_orchestrator', $1::text,
        $2, jsonb_build_object('message_id', $3::text, 'question', $4::text, 'attempt', $5::integer),
        jsonb_strip_nulls(jsonb_build_object('reason', $6::text, 'explanation', nullif($7::text, ''))),
        CASE WHEN $1::text = 'error' THEN $7::text END, nullif($8, ''), $9, $10, $11::numeric, $12, $13::timestamptz)
