-- A waiting message as the rules see it, in the order in which message_from (queue_rows.cpp) reads it. For
-- statements that call a row of message_queue `head`. llm_work is read only for messages that may have a row there, and
-- context_as_of is NULL where no rule looks at it.
  head.id, head.priority, encode(timestamptz_send(head.scheduled_for), 'hex') AS scheduled_for,
  encode(timestamptz_send(head.expires_at), 'hex') AS expires_at,
  head.can_delay, coalesce(head.sequence_id, '') AS sequence_id,
  orchestrator.message_text(head.final_message, head.message_data) IS NOT NULL AS has_content,
  head.requires_fresh_context,
  CASE WHEN head.requires_fresh_context
       THEN coalesce((SELECT context_checks FROM orchestrator.llm_work
                      WHERE shard = head.shard AND message_id = head.id), 0)
       ELSE 0 END AS context_checks,
  CASE WHEN head.ready THEN false
       ELSE (SELECT question FROM orchestrator.llm_work
             WHERE shard = head.shard AND message_id = head.id) IS NOT NULL END AS is_awaiting,
  CASE WHEN head.requires_fresh_context
       THEN encode(timestamptz_send(coalesce((SELECT context_as_of FROM orchestrator.llm_work
                                              WHERE shard = head.shard AND message_id = head.id), head.created_at)), 'hex')
       END AS context_as_of
