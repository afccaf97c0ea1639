-- What every new row may set off, whoever writes it. All of it happens with the users' budget rows locked
-- (arm_users has locked them), so that of two writers the later sees what the earlier did.

-- Puts the first parts of these sequences in line if all parts are there, takes them out if not.
CREATE FUNCTION refresh_sequences(who text[], which text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  WITH named AS (
    SELECT DISTINCT user_id, sequence_id FROM unnest(who, which) AS named (user_id, sequence_id)
  ), judged AS (
    SELECT part.user_id, part.sequence_id, count(*) = max(part.sequence_total) AS is_complete
    FROM named JOIN message_queue AS part USING (user_id, sequence_id)
    WHERE part.status = 'queued'
    GROUP BY part.user_id, part.sequence_id
  )
  UPDATE message_queue AS part
  SET ready = judged.is_complete AND part.sequence_position = 1
  FROM judged
  WHERE part.user_id = judged.user_id AND part.sequence_id = judged.sequence_id AND part.status = 'queued'
    AND part.ready <> (judged.is_complete AND part.sequence_position = 1);

  PERFORM arm_users(array_agg(first.user_id), array_agg(first.scheduled_for),
                    array_agg(first.priority <= 'high'))
  FROM (SELECT DISTINCT ON (part.user_id) part.user_id, part.scheduled_for, part.priority
        FROM unnest(who, which) AS named (user_id, sequence_id)
        JOIN message_queue AS part USING (user_id, sequence_id)
        WHERE part.status = 'queued' AND part.ready
        ORDER BY part.user_id, part.scheduled_for) AS first
  HAVING count(*) > 0;
END $$;

CREATE OR REPLACE FUNCTION message_queue_inserted() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(array_agg(user_id), array_agg(due), array_agg(is_express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS is_express
        FROM inserted WHERE status = 'queued' GROUP BY user_id) AS arming
  HAVING count(*) > 0;

  IF EXISTS (SELECT FROM inserted WHERE sequence_id IS NOT NULL) THEN
    PERFORM refresh_sequences(array_agg(user_id), array_agg(sequence_id))
    FROM inserted WHERE sequence_id IS NOT NULL;
  END IF;

  IF EXISTS (SELECT FROM inserted WHERE supersede_key IS NOT NULL AND status = 'queued') THEN
    -- Of several new ones with one key the last counts; rows that were there before are older than any.
    WITH newest AS (
      SELECT DISTINCT ON (user_id, supersede_key) user_id, supersede_key, id, sequence_id, agent_id
      FROM inserted
      WHERE supersede_key IS NOT NULL AND status = 'queued' AND coalesce(sequence_position, 1) = 1
      ORDER BY user_id, supersede_key, id DESC
    ), superseded AS (
      UPDATE message_queue AS earlier
      SET status = 'superseded', superseded_by_message_id = newest.id, superseded_reason = 'superseded',
          status_reason = 'superseded'
      FROM newest
      WHERE earlier.user_id = newest.user_id AND earlier.supersede_key = newest.supersede_key
        AND earlier.status = 'queued' AND earlier.id <> newest.id
        AND (earlier.sequence_id IS NULL OR earlier.sequence_id IS DISTINCT FROM newest.sequence_id)
        AND (earlier.id < newest.id
             OR NOT EXISTS (SELECT FROM inserted WHERE inserted.id = earlier.id AND inserted.user_id = earlier.user_id))
      RETURNING earlier.user_id, earlier.id, newest.id AS newer_id
    )
    INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data)
    SELECT 'message_orchestrator', 'superseded', user_id, jsonb_build_object('message_id', id),
           jsonb_build_object('reason', 'superseded', 'superseded_by', newer_id)
    FROM superseded;
  END IF;
  RETURN NULL;
END $$;

-- A part that comes back, or goes elsewhere, may complete its sequence or break it.
CREATE OR REPLACE FUNCTION message_queue_edited() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for], ARRAY[NEW.priority <= 'high']);
  IF NEW.sequence_id IS NOT NULL THEN
    PERFORM refresh_sequences(ARRAY[NEW.user_id], ARRAY[NEW.sequence_id]);
  END IF;
  RETURN NULL;
END $$;

DROP FUNCTION schedule_message(text, text, jsonb, message_priority, timestamptz, timestamptz, boolean, boolean, text);

-- Scheduling inside the caller's own transaction:
--   SELECT schedule_message('user_123', 'concierge_agent', '{"content": "Hello"}', priority => 'high');
-- With an idempotency key that the user has seen, the message of then is returned, and none is added.
CREATE FUNCTION schedule_message(
  user_id                text,
  agent_id               text,
  message_data           jsonb,
  priority               message_priority DEFAULT 'medium',
  scheduled_for          timestamptz DEFAULT NULL,  -- null: now
  expires_at             timestamptz DEFAULT NULL,
  can_delay              boolean DEFAULT true,
  requires_fresh_context boolean DEFAULT false,
  conversation_id        text DEFAULT NULL,
  idempotency_key        text DEFAULT NULL,
  supersede_key          text DEFAULT NULL
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
  PERFORM FROM user_message_budget AS budget
  WHERE budget.user_id = schedule_message.user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'unknown_user: there is no user "%"', schedule_message.user_id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Insert the person into users first.';
  END IF;
  SELECT id INTO queued_id FROM message_queue AS earlier
  WHERE earlier.user_id = schedule_message.user_id
    AND earlier.idempotency_key = schedule_message.idempotency_key;
  IF FOUND THEN
    RETURN queued_id;
  END IF;
  INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for, expires_at, can_delay,
                             requires_fresh_context, conversation_context_id, idempotency_key, supersede_key)
  VALUES (schedule_message.user_id, schedule_message.agent_id, schedule_message.message_data,
          schedule_message.priority, coalesce(schedule_message.scheduled_for, now()),
          schedule_message.expires_at, schedule_message.can_delay,
          schedule_message.requires_fresh_context, schedule_message.conversation_id,
          schedule_message.idempotency_key, schedule_message.supersede_key)
  RETURNING id INTO queued_id;
  RETURN queued_id;
END $$;
