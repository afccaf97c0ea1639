-- Reads message $1 with the row of `messages` that it became.
-- Locks nothing. Index: primary keys of message_queue, llm_work and messages.
SELECT queue.id, queue.user_id, queue.agent_id, coalesce(queue.conversation_context_id, '') AS conversation_id,
       coalesce(orchestrator.message_text(queue.final_message, queue.message_data), '') AS content, queue.priority,
       queue.can_delay, queue.status, coalesce(queue.status_reason, '') AS status_reason,
       coalesce((SELECT question::text FROM orchestrator.llm_work
                 WHERE shard = queue.shard AND message_id = queue.id), '') AS awaiting,
       orchestrator.micros(queue.scheduled_for) AS scheduled_for, orchestrator.micros(queue.expires_at) AS expires_at,
       orchestrator.micros(queue.created_at) AS created_at, orchestrator.micros(queue.sent_at) AS promoted_at,
       coalesce(queue.supersede_key, '') AS supersede_key, queue.superseded_by_message_id AS superseded_by,
       coalesce(queue.sequence_id, '') AS sequence_id, coalesce(queue.sequence_position, 0) AS sequence_position,
       coalesce(queue.sequence_total, 0) AS sequence_total,
       sent.id AS sent_id, sent.status AS sent_status, coalesce(sent.provider, '') AS provider,
       coalesce(sent.provider_message_id, '') AS provider_message_id,
       coalesce(sent.error_code, '') AS error_code, sent.attempts, coalesce(sent.waiting_for::text, '') AS waiting_for,
       orchestrator.micros(sent.next_attempt_at) AS next_attempt_at, orchestrator.micros(sent.sent_at) AS sent_at,
       orchestrator.micros(sent.delivered_at) AS delivered_at
FROM (
-- include: message_by_id
) AS queue
LEFT JOIN orchestrator.messages AS sent
  ON sent.shard = queue.shard AND sent.id = queue.delivered_message_id AND sent.user_id = queue.user_id
