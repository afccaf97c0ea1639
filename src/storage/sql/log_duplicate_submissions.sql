-- Logs submissions that were answered with an earlier message of the same content,
-- $1 [{user_id, agent_id, duplicate_of}], at $2.
-- Locks nothing.
INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data,
                                            created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'duplicate', user_id,
       jsonb_build_object('agent_id', agent_id),
       jsonb_build_object('reason', 'duplicate', 'duplicate_of', duplicate_of), $2::timestamptz
FROM (
  SELECT *, orchestrator.shard_of(user_id) AS shard
  FROM json_to_recordset($1::json) AS submission (user_id text, agent_id text, duplicate_of text)
) AS repeated
