-- A waiting message as the rules see it, in the order in which message_from (queue_rows.cpp) reads it. For
-- statements that call a row of message_queue `head`. context_as_of is NULL where no rule looks at it.
  head.id, head.priority, orchestrator.micros(head.scheduled_for) AS scheduled_for,
  orchestrator.micros(head.expires_at) AS expires_at,
  head.can_delay, coalesce(head.sequence_id, '') AS sequence_id,
  orchestrator.message_text(head.final_message, head.message_data) IS NOT NULL AS has_content,
  head.requires_fresh_context, head.context_checks, head.awaiting IS NOT NULL AS is_awaiting,
  CASE WHEN head.requires_fresh_context OR head.awaiting IS NOT NULL
       THEN orchestrator.micros(coalesce(head.context_as_of, head.created_at)) END AS context_as_of
