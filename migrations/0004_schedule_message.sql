-- Scheduling inside the caller's own transaction:
--   SELECT schedule_message('user_123', 'concierge_agent', '{"content": "Hello"}', priority => 'high');
CREATE FUNCTION schedule_message(
  user_id                text,
  agent_id               text,
  message_data           jsonb,
  priority               message_priority DEFAULT 'medium',
  scheduled_for          timestamptz DEFAULT NULL,  -- null: now
  expires_at             timestamptz DEFAULT NULL,
  can_delay              boolean DEFAULT true,
  requires_fresh_context boolean DEFAULT false,
  conversation_id        text DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  queued_id uuid;
BEGIN
  IF message_text(NULL, schedule_message.message_data) IS NULL THEN
    RAISE EXCEPTION 'no_content: message_data needs a "content" text'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'For example: {"content": "Your table is booked."}';
  END IF;
  IF NOT EXISTS (SELECT FROM users WHERE users.id = schedule_message.user_id) THEN
    RAISE EXCEPTION 'unknown_user: there is no user "%"', schedule_message.user_id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Insert the person into users first.';
  END IF;
  INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for, expires_at, can_delay,
                             requires_fresh_context, conversation_context_id)
  VALUES (schedule_message.user_id, schedule_message.agent_id, schedule_message.message_data,
          schedule_message.priority, coalesce(schedule_message.scheduled_for, now()),
          schedule_message.expires_at, schedule_message.can_delay,
          schedule_message.requires_fresh_context, schedule_message.conversation_id)
  RETURNING id INTO queued_id;
  RETURN queued_id;
END $$;
