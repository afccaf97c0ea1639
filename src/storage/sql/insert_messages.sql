-- Inserts accepted messages into message_queue: this is where a POST becomes a row. $1 one object for each
-- message or part of a sequence, $2 now. In the order of `position`, which is the order of the ids. Triggers
-- supersede earlier messages and make the user due.
-- Locks nothing; lock_users_for_insert.sql has locked the budgets. Index: primary key of message_queue.
INSERT INTO orchestrator.message_queue (shard, id, user_id, agent_id, conversation_context_id, message_data, priority,
                                        can_delay, requires_fresh_context, scheduled_for, expires_at,
                                        idempotency_key, request_hash, content_hash, supersede_key, sequence_id,
                                        sequence_position, sequence_total, ready, created_at)
SELECT orchestrator.shard_of(user_id), id, user_id, agent_id, conversation_id, message_data, priority, can_delay,
       requires_fresh_context, scheduled_for, expires_at, idempotency_key, decode(request_hash, 'hex'),
       decode(content_hash, 'hex'), supersede_key, sequence_id, sequence_position, sequence_total,
       coalesce(sequence_position, 1) = 1, $2::timestamptz
FROM json_to_recordset($1::json) AS submission (
  position integer, id uuid, user_id text, agent_id text, conversation_id text, message_data jsonb,
  priority orchestrator.message_priority, can_delay boolean, requires_fresh_context boolean, scheduled_for timestamptz,
  expires_at timestamptz, idempotency_key text, request_hash text, content_hash text, supersede_key text,
  sequence_id text, sequence_position integer, sequence_total integer)
ORDER BY position
ON CONFLICT (shard, id) DO NOTHING
