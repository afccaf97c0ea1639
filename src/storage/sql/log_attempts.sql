-- Logs the outcomes at $3 of attempts that were not accepted: of the messages $2 in the logical shards $1 (parallel arrays),
-- as record_attempts.sql has stored them. Of accepted ones the row tells enough.
-- Locks nothing. Index: primary key of messages.
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT message.shard, orchestrator.uuid_v7(message.shard), 'message_orchestrator',
       CASE WHEN message.status = 'pending' THEN 'send_retry' WHEN message.status = 'failed' THEN 'send_failed'
            ELSE 'send_unknown' END,
       message.user_id,
       jsonb_build_object('message_id', coalesce(message.queue_id, message.id), 'sent_as', message.id),
       jsonb_build_object('reason', message.error_code, 'until', message.next_attempt_at, 'attempt', message.attempts,
                          'provider', message.provider),
       message.error_code, $3::timestamptz
FROM unnest($1::smallint[], $2::uuid[]) AS recorded (shard, id)
JOIN orchestrator.messages AS message ON message.shard = recorded.shard AND message.id = recorded.id
