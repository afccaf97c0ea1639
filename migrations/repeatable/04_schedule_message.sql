-- Schedules a message within the caller's own transaction:
--   SELECT schedule_message('user_123', 'concierge_agent', '{"content": "Hello"}', priority => 'high');
-- With an idempotency key that the user's messages have already, it returns that message and adds none. It runs with
-- the rights of the schema's owner: EXECUTE is all that a writer needs.
CREATE OR REPLACE FUNCTION orchestrator.schedule_message(
  user_id                text,
  agent_id               text,
  message_data           jsonb,
  priority               orchestrator.message_priority DEFAULT 'medium',
  scheduled_for          timestamptz DEFAULT NULL,  -- NULL: now
  expires_at             timestamptz DEFAULT NULL,
  can_delay              boolean DEFAULT true,
  requires_fresh_context boolean DEFAULT false,
  conversation_id        text DEFAULT NULL,
  idempotency_key        text DEFAULT NULL,
  supersede_key          text DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
DECLARE
  user_shard smallint := orchestrator.shard_of(schedule_message.user_id);
  queued_id  uuid;
BEGIN
  IF orchestrator.message_text(NULL, schedule_message.message_data) IS NULL THEN
    RAISE EXCEPTION 'no_content: message_data needs a "content" text'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'For example: {"content": "Your table is booked."}';
  END IF;
  PERFORM FROM orchestrator.user_message_budget AS budget
  WHERE budget.shard = user_shard AND budget.user_id = schedule_message.user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'unknown_user: there is no user "%"', schedule_message.user_id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Insert the user into users first.';
  END IF;
  SELECT id INTO queued_id FROM orchestrator.message_queue AS earlier
  WHERE earlier.shard = user_shard AND earlier.user_id = schedule_message.user_id
    AND earlier.idempotency_key = schedule_message.idempotency_key;
  IF FOUND THEN
    RETURN queued_id;
  END IF;
  INSERT INTO orchestrator.message_queue (shard, id, user_id, agent_id, message_data, priority, scheduled_for,
                                          expires_at, can_delay, requires_fresh_context, conversation_context_id,
                                          idempotency_key, supersede_key)
  VALUES (user_shard, orchestrator.uuid_v7(user_shard), schedule_message.user_id, schedule_message.agent_id,
          schedule_message.message_data, schedule_message.priority, coalesce(schedule_message.scheduled_for, now()),
          schedule_message.expires_at, schedule_message.can_delay, schedule_message.requires_fresh_context,
          schedule_message.conversation_id, schedule_message.idempotency_key, schedule_message.supersede_key)
  RETURNING id INTO queued_id;
  RETURN queued_id;
END $$;
