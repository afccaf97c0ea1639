-- Makes message $1 of user $2 pending again, for its one resend, at $3, and logs it.
-- Locks the message, which is locked before. Index: primary key of messages.
WITH resent AS (
  UPDATE orchestrator.messages
  SET status = 'pending', resent = true, next_attempt_at = NULL, waiting_for = NULL
  WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid
  RETURNING shard, id, user_id, queue_id, error_code
)
INSERT INTO orchestrator.agent_actions_log
  (shard, id, agent_type, action_type, user_id, input_data, output_data, error, created_at)
SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'resent', user_id,
       jsonb_build_object('message_id', coalesce(queue_id, id), 'sent_as', id),
       jsonb_build_object('reason', error_code), error_code, $3::timestamptz
FROM resent
