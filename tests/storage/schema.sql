CREATE TYPE public.message_priority AS ENUM (
    'urgent',
    'high',
    'medium',
    'low'
);

CREATE FUNCTION public.arm_users(who text[], due timestamp with time zone[], is_express boolean[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO user_message_budget AS budget (user_id, next_attempt_at, express)
  SELECT arming.user_id, arming.due, arming.is_express
  FROM unnest(arm_users.who, arm_users.due, arm_users.is_express) AS arming (user_id, due, is_express)
  ORDER BY arming.user_id
  ON CONFLICT (user_id) DO UPDATE
  SET next_attempt_at = least(budget.next_attempt_at, greatest(excluded.next_attempt_at, budget.blocked_until)),
      express = budget.express OR excluded.express
  WHERE budget.next_attempt_at IS NULL
     OR budget.next_attempt_at > greatest(excluded.next_attempt_at, budget.blocked_until)
     OR excluded.express > budget.express;
END $$;

CREATE FUNCTION public.local_date(instant timestamp with time zone, zone text) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
  RETURN (instant AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;

CREATE FUNCTION public.message_queue_edited() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for],
                    ARRAY[NEW.priority <= 'high' OR OLD.awaiting IS NOT NULL]);
  IF NEW.sequence_id IS NOT NULL THEN
    PERFORM refresh_sequences(ARRAY[NEW.user_id], ARRAY[NEW.sequence_id]);
  ELSIF NOT NEW.ready THEN  -- it was a part, and is a message by itself
    UPDATE message_queue SET ready = true WHERE id = NEW.id AND user_id = NEW.user_id;
  END IF;
  IF OLD.sequence_id IS NOT NULL AND OLD.sequence_id IS DISTINCT FROM NEW.sequence_id THEN
    PERFORM refresh_sequences(ARRAY[OLD.user_id], ARRAY[OLD.sequence_id]);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.message_queue_inserted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM arm_users(array_agg(user_id), array_agg(due), array_agg(is_express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS is_express
        FROM inserted WHERE status IN ('queued', 'approved') GROUP BY user_id) AS arming
  HAVING count(*) > 0;

  IF EXISTS (SELECT FROM inserted WHERE sequence_id IS NOT NULL) THEN
    PERFORM refresh_sequences(array_agg(user_id), array_agg(sequence_id))
    FROM inserted WHERE sequence_id IS NOT NULL;
  END IF;

  IF EXISTS (SELECT FROM inserted WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')) THEN
    -- Of several new ones with one key the last counts; rows that were there before are older than any.
    WITH newest AS (
      SELECT DISTINCT ON (user_id, supersede_key) user_id, supersede_key, id, sequence_id, agent_id
      FROM inserted
      WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')
        AND coalesce(sequence_position, 1) = 1
      ORDER BY user_id, supersede_key, id DESC
    ), superseded AS (
      UPDATE message_queue AS earlier
      SET status = 'superseded', superseded_by_message_id = newest.id, superseded_reason = 'superseded',
          status_reason = 'superseded'
      FROM newest
      WHERE earlier.user_id = newest.user_id AND earlier.supersede_key = newest.supersede_key
        AND earlier.status IN ('queued', 'approved') AND earlier.id <> newest.id
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

CREATE FUNCTION public.message_queue_left_llm() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM arm_users(ARRAY[OLD.user_id], ARRAY[timestamptz '-infinity'], ARRAY[true]);
  RETURN NULL;
END $$;

CREATE FUNCTION public.message_queue_sent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'message % has been sent and stays so', OLD.id
    USING ERRCODE = 'invalid_parameter_value', HINT = 'To send it again, insert a new row.';
END $$;

CREATE FUNCTION public.message_text(final_message text, message_data jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT nullif(btrim(coalesce(final_message,
                               CASE WHEN jsonb_typeof(message_data -> 'content') = 'string'
                                    THEN message_data ->> 'content' END),
                      E' \t\r\n'), '')
$$;

CREATE FUNCTION public.messages_inbound() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO user_message_budget AS budget (user_id, last_inbound_at)
  VALUES (NEW.user_id, NEW.created_at)
  ON CONFLICT (user_id) DO UPDATE
  SET last_inbound_at = greatest(budget.last_inbound_at, excluded.last_inbound_at);
  PERFORM reopen_gates(ARRAY[NEW.user_id], at_once => true);
  RETURN NULL;
END $$;

CREATE FUNCTION public.messages_inbound_wakes_deliveries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM wake_deliveries(NEW.user_id);
  RETURN NULL;
END $$;

CREATE FUNCTION public.micros(instant timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT (extract(epoch FROM CASE WHEN instant < timestamptz 'epoch' THEN timestamptz 'epoch'
                                  WHEN instant > timestamptz '9999-12-31 23:59:59.999999Z'
                                  THEN timestamptz '9999-12-31 23:59:59.999999Z'
                                  ELSE instant END) * 1000000)::bigint
$$;

CREATE FUNCTION public.refresh_sequences(who text[], which text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  WITH named AS (
    SELECT DISTINCT user_id, sequence_id FROM unnest(who, which) AS named (user_id, sequence_id)
  ), judged AS (
    SELECT part.user_id, part.sequence_id, count(*) = max(part.sequence_total) AS is_complete
    FROM named JOIN message_queue AS part USING (user_id, sequence_id)
    WHERE part.status IN ('queued', 'approved')
    GROUP BY part.user_id, part.sequence_id
  )
  UPDATE message_queue AS part
  SET ready = judged.is_complete AND part.sequence_position = 1
  FROM judged
  WHERE part.user_id = judged.user_id AND part.sequence_id = judged.sequence_id
    AND part.status IN ('queued', 'approved')
    AND part.ready <> (judged.is_complete AND part.sequence_position = 1);

  PERFORM arm_users(array_agg(first.user_id), array_agg(first.scheduled_for),
                    array_agg(first.priority <= 'high'))
  FROM (SELECT DISTINCT ON (part.user_id) part.user_id, part.scheduled_for, part.priority
        FROM unnest(who, which) AS named (user_id, sequence_id)
        JOIN message_queue AS part USING (user_id, sequence_id)
        WHERE part.status IN ('queued', 'approved') AND part.ready
        ORDER BY part.user_id, part.scheduled_for) AS first
  HAVING count(*) > 0;
END $$;

CREATE FUNCTION public.reopen_gates(who text[], at_once boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE user_message_budget AS budget
  SET next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR (at_once AND budget.next_attempt_at IS NOT NULL),
      blocked_until = NULL,
      blocked_by = NULL
  FROM (SELECT user_id FROM user_message_budget
        WHERE user_id = ANY (who) ORDER BY user_id FOR NO KEY UPDATE) AS locked
  WHERE budget.user_id = locked.user_id;
END $$;

CREATE FUNCTION public.schedule_message(user_id text, agent_id text, message_data jsonb, priority public.message_priority DEFAULT 'medium'::public.message_priority, scheduled_for timestamp with time zone DEFAULT NULL::timestamp with time zone, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone, can_delay boolean DEFAULT true, requires_fresh_context boolean DEFAULT false, conversation_id text DEFAULT NULL::text, idempotency_key text DEFAULT NULL::text, supersede_key text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.users_edited() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM reopen_gates(array_agg(now_row.id), at_once => false)
  FROM after_edit AS now_row JOIN before_edit AS then_row USING (id)
  WHERE (now_row.timezone, now_row.quiet_hours_start, now_row.quiet_hours_end, now_row.quiet_hours_enabled,
         now_row.daily_limit, now_row.hourly_limit, now_row.response_pattern, now_row.opted_out_at)
        IS DISTINCT FROM
        (then_row.timezone, then_row.quiet_hours_start, then_row.quiet_hours_end, then_row.quiet_hours_enabled,
         then_row.daily_limit, then_row.hourly_limit, then_row.response_pattern, then_row.opted_out_at)
  HAVING count(*) > 0;

  -- Everything that waits for whoever opts out is cancelled, also what has no alarm.
  UPDATE user_message_budget AS budget SET next_attempt_at = '-infinity'
  FROM after_edit AS now_row JOIN before_edit AS then_row USING (id)
  WHERE budget.user_id = now_row.id AND now_row.opted_out_at IS NOT NULL AND then_row.opted_out_at IS NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION public.users_edited_wakes_deliveries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM wake_deliveries(changed.id)
  FROM (SELECT now_row.id
        FROM after_edit AS now_row JOIN before_edit AS then_row USING (id)
        WHERE (now_row.timezone, now_row.quiet_hours_start, now_row.quiet_hours_end, now_row.quiet_hours_enabled,
               now_row.opted_out_at)
              IS DISTINCT FROM
              (then_row.timezone, then_row.quiet_hours_start, then_row.quiet_hours_end, then_row.quiet_hours_enabled,
               then_row.opted_out_at)
        ORDER BY now_row.id) AS changed;
  RETURN NULL;
END $$;

CREATE FUNCTION public.users_inserted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO user_message_budget (user_id) SELECT id FROM inserted ORDER BY id ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION public.uuid_v7() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(nextval('uuid_v7_tick') & 4294967295), 8, '0')
          || right(gen_random_uuid()::text, 7))::uuid
$$;

CREATE FUNCTION public.uuid_v7_floor(instant timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
  SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

CREATE FUNCTION public.wake_deliveries(who text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE messages SET next_attempt_at = NULL, waiting_for = NULL
  WHERE user_id = who AND direction = 'outbound' AND status = 'pending' AND waiting_for = 'quiet_hours';
END $$;

CREATE TABLE public.agent_actions_log (
    id uuid DEFAULT public.uuid_v7() NOT NULL,
    agent_type text NOT NULL,
    action_type text NOT NULL,
    user_id text NOT NULL,
    input_data jsonb,
    output_data jsonb,
    error text,
    model_used text,
    input_tokens integer,
    output_tokens integer,
    cost_usd numeric(12,6),
    latency_ms integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.message_queue (
    id uuid DEFAULT public.uuid_v7() NOT NULL,
    user_id text NOT NULL,
    agent_id text NOT NULL,
    conversation_context_id text,
    message_data jsonb NOT NULL,
    final_message text,
    priority public.message_priority DEFAULT 'medium'::public.message_priority NOT NULL,
    can_delay boolean DEFAULT true NOT NULL,
    requires_fresh_context boolean DEFAULT false NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    status_reason text,
    scheduled_for timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    idempotency_key text,
    request_hash bytea,
    supersede_key text,
    superseded_by_message_id uuid,
    superseded_reason text,
    sequence_id text,
    sequence_position integer,
    sequence_total integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    delivered_message_id uuid,
    delayable boolean GENERATED ALWAYS AS ((can_delay AND (priority >= 'medium'::public.message_priority))) STORED NOT NULL,
    ready boolean DEFAULT true NOT NULL,
    content_hash bytea,
    awaiting text,
    render_due_at timestamp with time zone,
    render_token uuid,
    render_attempts integer DEFAULT 0 NOT NULL,
    context_as_of timestamp with time zone,
    context_checks integer DEFAULT 0 NOT NULL,
    CONSTRAINT message_queue_awaiting_check CHECK ((awaiting = ANY (ARRAY['relevance'::text, 'rendering'::text]))),
    CONSTRAINT message_queue_check CHECK (((num_nulls(sequence_id, sequence_position, sequence_total) = ANY (ARRAY[0, 3])) AND ((sequence_position >= 1) AND (sequence_position <= sequence_total)))),
    CONSTRAINT message_queue_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'approved'::text, 'sent'::text, 'superseded'::text, 'cancelled'::text, 'expired'::text, 'failed'::text])))
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.05');

CREATE TABLE public.messages (
    id uuid DEFAULT public.uuid_v7() NOT NULL,
    user_id text NOT NULL,
    conversation_id text,
    direction text NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    queue_id uuid,
    provider text,
    provider_message_id text,
    attempts integer DEFAULT 0 NOT NULL,
    error_code text,
    lease_token uuid,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    delivered_at timestamp with time zone,
    purpose text,
    attempted_at timestamp with time zone,
    next_attempt_at timestamp with time zone,
    waiting_for text,
    look_ups integer DEFAULT 0 NOT NULL,
    resent boolean DEFAULT false NOT NULL,
    CONSTRAINT messages_direction_check CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text]))),
    CONSTRAINT messages_purpose_check CHECK ((purpose = ANY (ARRAY['reply'::text, 'consent'::text]))),
    CONSTRAINT messages_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'undelivered'::text, 'unknown'::text, 'received'::text]))),
    CONSTRAINT messages_waiting_for_check CHECK ((waiting_for = ANY (ARRAY['quiet_hours'::text, 'retry'::text])))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_insert_scale_factor='0.05');

CREATE VIEW public.agent_volume AS
 SELECT today.agent_id,
    count(*) FILTER (WHERE (today.event = 'scheduled'::text)) AS scheduled,
    count(*) FILTER (WHERE (today.event = 'sent'::text)) AS sent,
    count(*) FILTER (WHERE (today.event = 'superseded'::text)) AS superseded,
    count(*) FILTER (WHERE (today.event = 'cancelled'::text)) AS cancelled,
    count(*) FILTER (WHERE (today.event = 'expired'::text)) AS expired,
    count(*) FILTER (WHERE (today.event = 'failed'::text)) AS failed,
    count(*) FILTER (WHERE (today.event = 'duplicate'::text)) AS duplicates
   FROM ( SELECT message_queue.agent_id,
            'scheduled'::text AS event
           FROM public.message_queue
          WHERE ((message_queue.id >= public.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (message_queue.created_at >= CURRENT_DATE))
        UNION ALL
         SELECT queue.agent_id,
            'sent'::text
           FROM (public.messages message
             JOIN public.message_queue queue ON (((queue.id = message.queue_id) AND (queue.user_id = message.user_id))))
          WHERE ((message.id >= public.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (message.direction = 'outbound'::text) AND (queue.status = 'sent'::text) AND (queue.sent_at >= CURRENT_DATE))
        UNION ALL
         SELECT COALESCE(queue.agent_id, (log.input_data ->> 'agent_id'::text)) AS "coalesce",
            log.action_type
           FROM (public.agent_actions_log log
             LEFT JOIN public.message_queue queue ON (((queue.id = ((log.input_data ->> 'message_id'::text))::uuid) AND (queue.user_id = log.user_id))))
          WHERE ((log.action_type = ANY (ARRAY['superseded'::text, 'cancelled'::text, 'expired'::text, 'failed'::text, 'duplicate'::text])) AND (log.agent_type = 'message_orchestrator'::text) AND (log.id >= public.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (log.created_at >= CURRENT_DATE))) today
  GROUP BY today.agent_id
  ORDER BY today.agent_id;

COMMENT ON VIEW public.agent_volume IS 'What became of agents'' messages since midnight of the session''s time zone. Each event counts on the day on which it happened, so the columns need not add up.';

COMMENT ON COLUMN public.agent_volume.agent_id IS 'As the agent calls itself.';

COMMENT ON COLUMN public.agent_volume.scheduled IS 'Messages stored.';

COMMENT ON COLUMN public.agent_volume.sent IS 'Messages that crossed into messages.';

COMMENT ON COLUMN public.agent_volume.superseded IS 'Replaced by a newer one.';

COMMENT ON COLUMN public.agent_volume.cancelled IS 'Taken back, or the person has opted out.';

COMMENT ON COLUMN public.agent_volume.expired IS 'expires_at came first.';

COMMENT ON COLUMN public.agent_volume.failed IS 'Nothing to say, or not renderable.';

COMMENT ON COLUMN public.agent_volume.duplicates IS 'Refused as repetitions; not among the scheduled.';

CREATE VIEW public.awaiting_render AS
 SELECT message_queue.id AS message_id,
    message_queue.user_id,
    message_queue.agent_id,
    message_queue.priority AS lane,
    message_queue.awaiting AS question,
    message_queue.render_attempts AS attempts,
    (message_queue.render_token IS NOT NULL) AS being_asked,
    message_queue.render_due_at AS due_at
   FROM public.message_queue
  WHERE ((message_queue.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (message_queue.awaiting IS NOT NULL))
  ORDER BY message_queue.render_due_at;

COMMENT ON VIEW public.awaiting_render IS 'Messages that are with the LLM; the rest of their people''s lines goes on.';

COMMENT ON COLUMN public.awaiting_render.message_id IS 'message_queue.id';

COMMENT ON COLUMN public.awaiting_render.user_id IS 'users.id';

COMMENT ON COLUMN public.awaiting_render.agent_id IS 'Whose it is.';

COMMENT ON COLUMN public.awaiting_render.lane IS 'Its lane.';

COMMENT ON COLUMN public.awaiting_render.question IS 'relevance: does it still fit? rendering: how would it read?';

COMMENT ON COLUMN public.awaiting_render.attempts IS 'Calls so far.';

COMMENT ON COLUMN public.awaiting_render.being_asked IS 'A call is under way.';

COMMENT ON COLUMN public.awaiting_render.due_at IS 'When the LLM is asked next; of a call under way, when it is given up.';

CREATE TABLE public.user_message_budget (
    user_id text NOT NULL,
    date date,
    messages_sent integer DEFAULT 0 NOT NULL,
    last_message_at timestamp with time zone,
    last_inbound_at timestamp with time zone,
    recent_sends timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    daily_limit integer,
    hourly_limit integer,
    quiet_hours_enabled boolean,
    next_attempt_at timestamp with time zone,
    express boolean DEFAULT false NOT NULL,
    blocked_until timestamp with time zone,
    blocked_by text
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

CREATE VIEW public.blocked_users AS
 SELECT budget.user_id,
    budget.blocked_by,
    budget.blocked_until,
    line.waiting,
    budget.next_attempt_at
   FROM (public.user_message_budget budget
     CROSS JOIN LATERAL ( SELECT count(*) AS waiting
           FROM public.message_queue queue
          WHERE ((queue.user_id = budget.user_id) AND (queue.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND queue.ready AND (queue.awaiting IS NULL))) line)
  WHERE ((budget.next_attempt_at IS NOT NULL) AND (budget.blocked_until > now()));

COMMENT ON VIEW public.blocked_users IS 'Users for whom something waits while a rule blocks all of it.';

COMMENT ON COLUMN public.blocked_users.user_id IS 'users.id';

COMMENT ON COLUMN public.blocked_users.blocked_by IS 'The rule, as in the API: quiet_hours, cooldown, …';

COMMENT ON COLUMN public.blocked_users.blocked_until IS 'When it opens by itself; an inbound message or an edit of the user may open it sooner.';

COMMENT ON COLUMN public.blocked_users.waiting IS 'Messages in line, due or not.';

COMMENT ON COLUMN public.blocked_users.next_attempt_at IS 'When the user is looked at next.';

CREATE VIEW public.blocked_by_reason AS
 SELECT blocked_users.blocked_by,
    count(*) AS users,
    (sum(blocked_users.waiting))::bigint AS waiting,
    min(blocked_users.blocked_until) AS first_opens_at,
    max(blocked_users.blocked_until) AS last_opens_at
   FROM public.blocked_users
  GROUP BY blocked_users.blocked_by
  ORDER BY (count(*)) DESC, blocked_users.blocked_by;

COMMENT ON VIEW public.blocked_by_reason IS 'blocked_users in sum.';

COMMENT ON COLUMN public.blocked_by_reason.blocked_by IS 'The rule, as in the API.';

COMMENT ON COLUMN public.blocked_by_reason.users IS 'Users whom it blocks.';

COMMENT ON COLUMN public.blocked_by_reason.waiting IS 'Messages in line for them.';

COMMENT ON COLUMN public.blocked_by_reason.first_opens_at IS 'When the first of them may be written to.';

COMMENT ON COLUMN public.blocked_by_reason.last_opens_at IS 'When all of them may.';

CREATE TABLE public.users (
    id text NOT NULL,
    phone_number text,
    timezone text,
    quiet_hours_start time without time zone,
    quiet_hours_end time without time zone,
    quiet_hours_enabled boolean,
    daily_limit integer,
    hourly_limit integer,
    response_pattern jsonb,
    opted_out_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_daily_limit_check CHECK ((daily_limit >= 0)),
    CONSTRAINT users_hourly_limit_check CHECK ((hourly_limit >= 0))
);

CREATE VIEW public.budget_use AS
 WITH zones AS MATERIALIZED (
         SELECT known.timezone,
            public.local_date(now(), known.timezone) AS today
           FROM ( SELECT DISTINCT users_1.timezone
                   FROM public.users users_1) known
        )
 SELECT budget.user_id,
    GREATEST(budget.date, zones.today) AS local_date,
        CASE
            WHEN (zones.today > budget.date) THEN 0
            ELSE budget.messages_sent
        END AS messages_sent,
    budget.daily_limit,
    round(((
        CASE
            WHEN (zones.today > budget.date) THEN 0
            ELSE budget.messages_sent
        END)::numeric / (NULLIF(budget.daily_limit, 0))::numeric), 3) AS share_used,
    ( SELECT count(*) AS count
           FROM unnest(budget.recent_sends) sent_at(sent_at)
          WHERE (sent_at.sent_at > (now() - '01:00:00'::interval))) AS sent_last_hour,
    budget.hourly_limit,
    budget.last_message_at
   FROM ((public.user_message_budget budget
     JOIN public.users ON ((users.id = budget.user_id)))
     LEFT JOIN zones ON ((zones.timezone = users.timezone)))
  WHERE (budget.date >= (CURRENT_DATE - 1));

COMMENT ON VIEW public.budget_use IS 'What users have been sent on their own calendar day; users without a message since yesterday are missing.';

COMMENT ON COLUMN public.budget_use.user_id IS 'users.id';

COMMENT ON COLUMN public.budget_use.local_date IS 'The date where the user is; for a user without a usable zone, of the last look.';

COMMENT ON COLUMN public.budget_use.messages_sent IS 'On that date.';

COMMENT ON COLUMN public.budget_use.daily_limit IS 'As in force at the last look; 0: none.';

COMMENT ON COLUMN public.budget_use.share_used IS 'messages_sent / daily_limit; null without a limit.';

COMMENT ON COLUMN public.budget_use.sent_last_hour IS 'In the last 60 minutes.';

COMMENT ON COLUMN public.budget_use.hourly_limit IS 'As in force at the last look; 0: none.';

COMMENT ON COLUMN public.budget_use.last_message_at IS 'The last outbound message.';

CREATE VIEW public.deferrals_per_minute AS
 SELECT date_trunc('minute'::text, agent_actions_log.created_at) AS minute,
    (agent_actions_log.output_data ->> 'reason'::text) AS reason,
    count(*) AS deferrals
   FROM public.agent_actions_log
  WHERE ((agent_actions_log.id >= public.uuid_v7_floor((now() - '01:01:00'::interval))) AND (agent_actions_log.created_at >= (date_trunc('minute'::text, now()) - '00:59:00'::interval)) AND (agent_actions_log.agent_type = 'message_orchestrator'::text) AND (agent_actions_log.action_type = 'deferred'::text))
  GROUP BY (date_trunc('minute'::text, agent_actions_log.created_at)), (agent_actions_log.output_data ->> 'reason'::text)
  ORDER BY (date_trunc('minute'::text, agent_actions_log.created_at)), (agent_actions_log.output_data ->> 'reason'::text);

COMMENT ON VIEW public.deferrals_per_minute IS 'Looks at a user that ended with the head of line held back, the last 60 minutes; a minute without any is missing.';

COMMENT ON COLUMN public.deferrals_per_minute.minute IS 'Its beginning; the last one is not over yet.';

COMMENT ON COLUMN public.deferrals_per_minute.reason IS 'What held it, as in the API: quiet_hours, cooldown, …';

COMMENT ON COLUMN public.deferrals_per_minute.deferrals IS 'Looks, not messages: a blocked user is looked at once.';

CREATE TABLE public.inbound_contacts (
    user_id text NOT NULL,
    contact_id text NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    recent timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    last_message_at timestamp with time zone,
    next_turn_at timestamp with time zone,
    turn_id uuid,
    token uuid
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

CREATE TABLE public.inbound_counters (
    shard integer NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    duplicates bigint DEFAULT 0 NOT NULL,
    dropped bigint DEFAULT 0 NOT NULL,
    flushed bigint DEFAULT 0 NOT NULL,
    processed bigint DEFAULT 0 NOT NULL,
    failed bigint DEFAULT 0 NOT NULL,
    turns bigint DEFAULT 0 NOT NULL,
    failed_turns bigint DEFAULT 0 NOT NULL,
    errors bigint DEFAULT 0 NOT NULL,
    timeouts bigint DEFAULT 0 NOT NULL,
    processing_ms bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='10');

CREATE VIEW public.inbound_lines AS
SELECT
    NULL::text AS user_id,
    NULL::text AS contact_id,
    NULL::bigint AS waiting,
    NULL::timestamp with time zone AS oldest_received_at,
    NULL::uuid AS turn_id,
    NULL::boolean AS in_process,
    NULL::timestamp with time zone AS next_turn_at;

COMMENT ON VIEW public.inbound_lines IS 'People who wait for their agent, or whose agent is at work.';

COMMENT ON COLUMN public.inbound_lines.user_id IS 'users.id';

COMMENT ON COLUMN public.inbound_lines.contact_id IS 'As the gateway named the person last.';

COMMENT ON COLUMN public.inbound_lines.waiting IS 'Messages that wait for a turn.';

COMMENT ON COLUMN public.inbound_lines.oldest_received_at IS 'When the first of them came.';

COMMENT ON COLUMN public.inbound_lines.turn_id IS 'The open turn: in process, or to be tried again; null: none is open.';

COMMENT ON COLUMN public.inbound_lines.in_process IS 'An agent has it now.';

COMMENT ON COLUMN public.inbound_lines.next_turn_at IS 'When a turn may be taken; of one in process, its lease runs out.';

CREATE TABLE public.inbound_queue (
    id uuid DEFAULT public.uuid_v7() NOT NULL,
    user_id text NOT NULL,
    contact_id text NOT NULL,
    message_id uuid NOT NULL,
    provider_message_id text,
    content_hash bytea,
    status text DEFAULT 'waiting'::text NOT NULL,
    turn_id uuid,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    "position" bigint DEFAULT 0 NOT NULL,
    message_type text DEFAULT 'text'::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    written_at timestamp with time zone,
    CONSTRAINT inbound_queue_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'processing'::text, 'done'::text, 'failed'::text, 'duplicate'::text, 'dropped'::text, 'flushed'::text])))
);

COMMENT ON COLUMN public.inbound_queue.message_id IS 'messages.id; of a duplicate, the first one''s';

CREATE TABLE public.inbound_turns (
    id uuid DEFAULT public.uuid_v7() NOT NULL,
    user_id text NOT NULL,
    contact_id text NOT NULL,
    status text DEFAULT 'processing'::text NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    token uuid,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    taken_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    error text,
    reply_hash bytea,
    reply_message_id uuid,
    CONSTRAINT inbound_turns_status_check CHECK ((status = ANY (ARRAY['processing'::text, 'retrying'::text, 'done'::text, 'failed'::text, 'flushed'::text])))
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

CREATE VIEW public.inbound_turns_hourly AS
 SELECT date_trunc('hour'::text, inbound_turns.created_at) AS hour,
    inbound_turns.status,
    count(*) AS turns,
    (avg(inbound_turns.attempt))::numeric(6,2) AS tries,
    avg((inbound_turns.finished_at - inbound_turns.created_at)) AS took
   FROM public.inbound_turns
  WHERE (inbound_turns.id >= public.uuid_v7_floor((now() - '7 days'::interval)))
  GROUP BY (date_trunc('hour'::text, inbound_turns.created_at)), inbound_turns.status;

COMMENT ON VIEW public.inbound_turns_hourly IS 'How the turns of the last 7 days went.';

COMMENT ON COLUMN public.inbound_turns_hourly.hour IS 'In which they were first taken.';

COMMENT ON COLUMN public.inbound_turns_hourly.status IS 'processing, retrying, done, failed or flushed.';

COMMENT ON COLUMN public.inbound_turns_hourly.turns IS 'How many.';

COMMENT ON COLUMN public.inbound_turns_hourly.tries IS 'On average; 1.00: the first succeeded.';

COMMENT ON COLUMN public.inbound_turns_hourly.took IS 'From first taking to the end, on average.';

CREATE VIEW public.incomplete_sequences AS
 SELECT part.user_id,
    part.sequence_id,
    count(*) AS parts_present,
    max(part.sequence_total) AS parts_total,
    min(part.created_at) AS first_seen
   FROM public.message_queue part
  WHERE ((part.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (NOT part.ready) AND (NOT (EXISTS ( SELECT
           FROM public.message_queue first
          WHERE ((first.user_id = part.user_id) AND (first.sequence_id = part.sequence_id) AND (first.sequence_position = 1) AND (first.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND first.ready)))))
  GROUP BY part.user_id, part.sequence_id
  ORDER BY (min(part.created_at));

COMMENT ON VIEW public.incomplete_sequences IS 'Sequences that wait for parts that have not come.';

COMMENT ON COLUMN public.incomplete_sequences.user_id IS 'users.id';

COMMENT ON COLUMN public.incomplete_sequences.sequence_id IS 'message_queue.sequence_id';

COMMENT ON COLUMN public.incomplete_sequences.parts_present IS 'Parts that wait.';

COMMENT ON COLUMN public.incomplete_sequences.parts_total IS 'Parts that there should be.';

COMMENT ON COLUMN public.incomplete_sequences.first_seen IS 'created_at of the oldest part.';

CREATE VIEW public.llm_use_per_day AS
 SELECT (agent_actions_log.created_at)::date AS day,
    COALESCE(agent_actions_log.model_used, 'none'::text) AS model,
    agent_actions_log.action_type AS outcome,
    count(*) AS calls,
    COALESCE(sum(agent_actions_log.input_tokens), (0)::bigint) AS input_tokens,
    COALESCE(sum(agent_actions_log.output_tokens), (0)::bigint) AS output_tokens,
    COALESCE(sum(agent_actions_log.cost_usd), (0)::numeric) AS cost_usd,
    percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY ((agent_actions_log.latency_ms)::double precision)) AS p95_latency_ms
   FROM public.agent_actions_log
  WHERE ((agent_actions_log.id >= public.uuid_v7_floor((now() - '30 days 00:01:00'::interval))) AND (agent_actions_log.agent_type = 'message_orchestrator'::text) AND (agent_actions_log.latency_ms IS NOT NULL))
  GROUP BY ((agent_actions_log.created_at)::date), COALESCE(agent_actions_log.model_used, 'none'::text), agent_actions_log.action_type
  ORDER BY ((agent_actions_log.created_at)::date) DESC, COALESCE(agent_actions_log.model_used, 'none'::text), agent_actions_log.action_type;

COMMENT ON VIEW public.llm_use_per_day IS 'Calls to the LLM of the last 30 days, by day of the session''s time zone.';

COMMENT ON COLUMN public.llm_use_per_day.day IS 'The calendar date.';

COMMENT ON COLUMN public.llm_use_per_day.model IS 'As the API names it; none: no answer came.';

COMMENT ON COLUMN public.llm_use_per_day.outcome IS 'rendered, relevance (was judged), or error.';

COMMENT ON COLUMN public.llm_use_per_day.calls IS 'Messages asked about; a text that had to be shortened counts once.';

COMMENT ON COLUMN public.llm_use_per_day.input_tokens IS 'As billed.';

COMMENT ON COLUMN public.llm_use_per_day.output_tokens IS 'As billed.';

COMMENT ON COLUMN public.llm_use_per_day.cost_usd IS 'At list prices; 0 for a model whose price is not known.';

COMMENT ON COLUMN public.llm_use_per_day.p95_latency_ms IS '95 % of them took at most this long.';

CREATE TABLE public.orchestrator_settings (
    name text NOT NULL,
    value text NOT NULL
);

CREATE VIEW public.promotions_per_minute AS
 SELECT date_trunc('minute'::text, agent_actions_log.created_at) AS minute,
    ((agent_actions_log.input_data ->> 'priority'::text))::public.message_priority AS lane,
    count(*) AS promotions
   FROM public.agent_actions_log
  WHERE ((agent_actions_log.id >= public.uuid_v7_floor((now() - '01:01:00'::interval))) AND (agent_actions_log.created_at >= (date_trunc('minute'::text, now()) - '00:59:00'::interval)) AND (agent_actions_log.agent_type = 'message_orchestrator'::text) AND (agent_actions_log.action_type = 'promoted'::text))
  GROUP BY (date_trunc('minute'::text, agent_actions_log.created_at)), ((agent_actions_log.input_data ->> 'priority'::text))::public.message_priority
  ORDER BY (date_trunc('minute'::text, agent_actions_log.created_at)), ((agent_actions_log.input_data ->> 'priority'::text))::public.message_priority;

COMMENT ON VIEW public.promotions_per_minute IS 'Messages that crossed into messages, the last 60 minutes; a minute without any is missing.';

COMMENT ON COLUMN public.promotions_per_minute.minute IS 'Its beginning; the last one is not over yet.';

COMMENT ON COLUMN public.promotions_per_minute.lane IS 'The lane of the messages.';

COMMENT ON COLUMN public.promotions_per_minute.promotions IS 'Messages.';

CREATE VIEW public.queue_depth AS
 SELECT lane.lane,
    COALESCE(line.waiting, (0)::bigint) AS waiting,
    COALESCE(line.due, (0)::bigint) AS due,
    line.oldest_waiting_since,
    (now() - line.oldest_waiting_since) AS oldest_due_age,
    COALESCE(EXTRACT(epoch FROM (now() - line.oldest_waiting_since)), (0)::numeric) AS oldest_due_seconds
   FROM (unnest(enum_range(NULL::public.message_priority)) lane(lane)
     LEFT JOIN ( SELECT waits.priority AS lane,
            count(*) AS waiting,
            count(*) FILTER (WHERE (waits.scheduled_for <= now())) AS due,
            min(waits.scheduled_for) FILTER (WHERE ((waits.scheduled_for <= now()) AND isfinite(waits.scheduled_for))) AS oldest_waiting_since
           FROM ( SELECT message_queue.priority,
                    message_queue.scheduled_for
                   FROM public.message_queue
                  WHERE ((message_queue.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND message_queue.ready AND (message_queue.awaiting IS NULL))
                UNION ALL
                 SELECT message_queue.priority,
                    message_queue.scheduled_for
                   FROM public.message_queue
                  WHERE ((message_queue.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (message_queue.awaiting IS NOT NULL))) waits
          GROUP BY waits.priority) line USING (lane))
  ORDER BY lane.lane;

COMMENT ON VIEW public.queue_depth IS 'What stands in line, by lane; a sequence counts as one.';

COMMENT ON COLUMN public.queue_depth.lane IS 'In the order in which lanes are served.';

COMMENT ON COLUMN public.queue_depth.waiting IS 'Messages in line, due or not, blocked or not.';

COMMENT ON COLUMN public.queue_depth.due IS 'Of these, messages whose scheduled_for has come.';

COMMENT ON COLUMN public.queue_depth.oldest_waiting_since IS 'scheduled_for of the longest due one; null: none is due.';

COMMENT ON COLUMN public.queue_depth.oldest_due_age IS 'How long that one has been due.';

COMMENT ON COLUMN public.queue_depth.oldest_due_seconds IS 'The same in seconds; 0: none is due.';

CREATE TABLE public.reformulation_requests (
    id uuid DEFAULT public.uuid_v7() NOT NULL,
    user_id text NOT NULL,
    message_id uuid NOT NULL,
    agent_id text NOT NULL,
    conversation_id text,
    original text,
    message_data jsonb NOT NULL,
    said jsonb NOT NULL,
    explanation text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    done_at timestamp with time zone
);

CREATE TABLE public.schema_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW public.stuck_messages AS
 SELECT line.id AS message_id,
    line.user_id,
    queue.agent_id,
    line.priority AS lane,
    line.scheduled_for,
        CASE
            WHEN isfinite(line.scheduled_for) THEN (now() - line.scheduled_for)
            ELSE NULL::interval
        END AS due_for,
    budget.next_attempt_at
   FROM ((public.user_message_budget budget
     JOIN public.message_queue line ON (((line.user_id = budget.user_id) AND (line.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND line.ready AND (line.awaiting IS NULL) AND (line.scheduled_for < (now() - '00:05:00'::interval)))))
     JOIN public.message_queue queue ON (((queue.id = line.id) AND (queue.user_id = line.user_id))))
  WHERE ((budget.next_attempt_at IS NULL) OR (budget.next_attempt_at < (now() - '00:05:00'::interval)));

COMMENT ON VIEW public.stuck_messages IS 'Messages due for more than 5 minutes although no rule blocks them. Empty unless no pass comes: the alert to page on.';

COMMENT ON COLUMN public.stuck_messages.message_id IS 'message_queue.id';

COMMENT ON COLUMN public.stuck_messages.user_id IS 'users.id';

COMMENT ON COLUMN public.stuck_messages.agent_id IS 'Whose it is.';

COMMENT ON COLUMN public.stuck_messages.lane IS 'Its lane.';

COMMENT ON COLUMN public.stuck_messages.scheduled_for IS 'When it became due.';

COMMENT ON COLUMN public.stuck_messages.due_for IS 'How long ago that is.';

COMMENT ON COLUMN public.stuck_messages.next_attempt_at IS 'When the user should have been looked at; null: the alarm is lost; -infinity: with the next pass.';

CREATE VIEW public.todays_duplicates AS
 SELECT log.user_id,
    ((log.output_data ->> 'duplicate_of'::text))::uuid AS duplicate_of,
    (log.input_data ->> 'agent_id'::text) AS agent_id,
    log.created_at AS refused_at
   FROM public.agent_actions_log log
  WHERE ((log.action_type = 'duplicate'::text) AND (log.agent_type = 'message_orchestrator'::text) AND (log.id >= public.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (log.created_at >= CURRENT_DATE));

COMMENT ON VIEW public.todays_duplicates IS 'Requests that repeated a message, and so were not stored, since midnight of the session''s time zone.';

COMMENT ON COLUMN public.todays_duplicates.user_id IS 'users.id';

COMMENT ON COLUMN public.todays_duplicates.duplicate_of IS 'message_queue.id of the first one.';

COMMENT ON COLUMN public.todays_duplicates.agent_id IS 'Who repeated it.';

COMMENT ON COLUMN public.todays_duplicates.refused_at IS 'When.';

CREATE VIEW public.todays_superseded AS
 SELECT log.user_id,
    ((log.input_data ->> 'message_id'::text))::uuid AS message_id,
    queue.agent_id,
    ((log.output_data ->> 'superseded_by'::text))::uuid AS superseded_by,
    log.created_at AS superseded_at
   FROM (public.agent_actions_log log
     LEFT JOIN public.message_queue queue ON (((queue.id = ((log.input_data ->> 'message_id'::text))::uuid) AND (queue.user_id = log.user_id))))
  WHERE ((log.action_type = 'superseded'::text) AND (log.agent_type = 'message_orchestrator'::text) AND (log.id >= public.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (log.created_at >= CURRENT_DATE));

COMMENT ON VIEW public.todays_superseded IS 'Messages that a newer one with the same supersede_key has replaced since midnight of the session''s time zone.';

COMMENT ON COLUMN public.todays_superseded.user_id IS 'users.id';

COMMENT ON COLUMN public.todays_superseded.message_id IS 'message_queue.id of the one that will not go.';

COMMENT ON COLUMN public.todays_superseded.agent_id IS 'Whose it was; null when the row has been deleted.';

COMMENT ON COLUMN public.todays_superseded.superseded_by IS 'message_queue.id of the newer one.';

COMMENT ON COLUMN public.todays_superseded.superseded_at IS 'When.';

CREATE SEQUENCE public.uuid_v7_tick
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE VIEW public.wait_time_by_lane AS
 SELECT sent.lane,
    count(*) AS sent,
    percentile_cont((0.50)::double precision) WITHIN GROUP (ORDER BY sent.wait) AS p50,
    percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY sent.wait) AS p95,
    percentile_cont((0.99)::double precision) WITHIN GROUP (ORDER BY sent.wait) AS p99,
    EXTRACT(epoch FROM percentile_cont((0.50)::double precision) WITHIN GROUP (ORDER BY sent.wait)) AS p50_seconds,
    EXTRACT(epoch FROM percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY sent.wait)) AS p95_seconds,
    EXTRACT(epoch FROM percentile_cont((0.99)::double precision) WITHIN GROUP (ORDER BY sent.wait)) AS p99_seconds
   FROM ( SELECT queue.priority AS lane,
            (queue.sent_at - GREATEST(queue.created_at, queue.scheduled_for)) AS wait
           FROM (public.messages message
             JOIN public.message_queue queue ON (((queue.id = message.queue_id) AND (queue.user_id = message.user_id))))
          WHERE ((message.id >= public.uuid_v7_floor((now() - '24:01:00'::interval))) AND (message.direction = 'outbound'::text) AND (queue.status = 'sent'::text) AND (queue.sent_at > (now() - '24:00:00'::interval)) AND isfinite(GREATEST(queue.created_at, queue.scheduled_for)))) sent
  GROUP BY sent.lane
  ORDER BY sent.lane;

COMMENT ON VIEW public.wait_time_by_lane IS 'How long messages of the last 24 hours waited: from when they could go (the later of created_at and scheduled_for) until they crossed into messages.';

COMMENT ON COLUMN public.wait_time_by_lane.lane IS 'In the order in which lanes are served; a lane that sent nothing is missing.';

COMMENT ON COLUMN public.wait_time_by_lane.sent IS 'Messages sent in the last 24 hours.';

COMMENT ON COLUMN public.wait_time_by_lane.p50 IS 'Half of them waited at most this long.';

COMMENT ON COLUMN public.wait_time_by_lane.p95 IS '95 % of them waited at most this long.';

COMMENT ON COLUMN public.wait_time_by_lane.p99 IS '99 % of them waited at most this long.';

COMMENT ON COLUMN public.wait_time_by_lane.p50_seconds IS 'p50 in seconds.';

COMMENT ON COLUMN public.wait_time_by_lane.p95_seconds IS 'p95 in seconds.';

COMMENT ON COLUMN public.wait_time_by_lane.p99_seconds IS 'p99 in seconds.';

ALTER TABLE ONLY public.agent_actions_log
    ADD CONSTRAINT agent_actions_log_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.inbound_contacts
    ADD CONSTRAINT inbound_contacts_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.inbound_counters
    ADD CONSTRAINT inbound_counters_pkey PRIMARY KEY (shard);

ALTER TABLE ONLY public.inbound_queue
    ADD CONSTRAINT inbound_queue_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.inbound_turns
    ADD CONSTRAINT inbound_turns_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.message_queue
    ADD CONSTRAINT message_queue_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_user_id_queue_id_key UNIQUE (user_id, queue_id);

ALTER TABLE ONLY public.orchestrator_settings
    ADD CONSTRAINT orchestrator_settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.reformulation_requests
    ADD CONSTRAINT reformulation_requests_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.user_message_budget
    ADD CONSTRAINT user_message_budget_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_phone_number_key UNIQUE (phone_number);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX agent_actions_log_ended ON public.agent_actions_log USING btree (action_type, id) WHERE (action_type = ANY (ARRAY['superseded'::text, 'cancelled'::text, 'expired'::text, 'failed'::text, 'duplicate'::text]));

CREATE INDEX agent_actions_log_user ON public.agent_actions_log USING btree (user_id, id);

CREATE INDEX inbound_contacts_due ON public.inbound_contacts USING btree (next_turn_at) WHERE (next_turn_at IS NOT NULL);

CREATE INDEX inbound_contacts_in_process ON public.inbound_contacts USING btree (next_turn_at) WHERE (token IS NOT NULL);

CREATE INDEX inbound_queue_content ON public.inbound_queue USING btree (user_id, content_hash, received_at) WHERE ((content_hash IS NOT NULL) AND (status <> 'duplicate'::text));

CREATE UNIQUE INDEX inbound_queue_provider ON public.inbound_queue USING btree (user_id, provider_message_id) WHERE ((provider_message_id IS NOT NULL) AND (status <> 'duplicate'::text));

CREATE INDEX inbound_queue_turn ON public.inbound_queue USING btree (turn_id, "position") WHERE (turn_id IS NOT NULL);

CREATE INDEX inbound_queue_waiting ON public.inbound_queue USING btree (user_id, "position") WHERE (status = 'waiting'::text);

CREATE INDEX inbound_turns_replies ON public.inbound_turns USING btree (user_id, finished_at) WHERE (reply_hash IS NOT NULL);

CREATE INDEX message_queue_awaiting ON public.message_queue USING btree (user_id, priority) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (awaiting IS NOT NULL));

CREATE INDEX message_queue_content ON public.message_queue USING btree (user_id, content_hash, created_at) WHERE (content_hash IS NOT NULL);

CREATE INDEX message_queue_expiry ON public.message_queue USING btree (expires_at) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (expires_at IS NOT NULL));

CREATE INDEX message_queue_head ON public.message_queue USING btree (user_id, priority, delayable, scheduled_for, id) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND ready AND (awaiting IS NULL));

CREATE UNIQUE INDEX message_queue_idempotency ON public.message_queue USING btree (user_id, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX message_queue_parts ON public.message_queue USING btree (user_id, sequence_id) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (NOT ready));

CREATE INDEX message_queue_render_due ON public.message_queue USING btree (render_due_at) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (awaiting IS NOT NULL));

CREATE INDEX message_queue_render_express ON public.message_queue USING btree (render_due_at) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (awaiting IS NOT NULL) AND (priority <= 'high'::public.message_priority));

CREATE UNIQUE INDEX message_queue_sequence ON public.message_queue USING btree (user_id, sequence_id, sequence_position) WHERE (sequence_id IS NOT NULL);

CREATE INDEX message_queue_supersede ON public.message_queue USING btree (user_id, supersede_key) WHERE ((status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (supersede_key IS NOT NULL));

CREATE INDEX messages_in_flight ON public.messages USING btree (user_id) WHERE ((direction = 'outbound'::text) AND (status = 'sending'::text));

CREATE INDEX messages_line ON public.messages USING btree (user_id, created_at, id) WHERE ((direction = 'outbound'::text) AND (status = 'pending'::text));

CREATE INDEX messages_pending ON public.messages USING btree (created_at, id) WHERE ((direction = 'outbound'::text) AND (status = 'pending'::text) AND (next_attempt_at IS NULL));

CREATE INDEX messages_provider ON public.messages USING btree (provider_message_id) WHERE (provider_message_id IS NOT NULL);

CREATE INDEX messages_replies ON public.messages USING btree (created_at, id) WHERE ((direction = 'outbound'::text) AND (status = 'pending'::text) AND (purpose IS NOT NULL));

CREATE INDEX messages_said ON public.messages USING btree (user_id, created_at) WHERE (direction = 'inbound'::text);

CREATE INDEX messages_sending ON public.messages USING btree (lease_until) WHERE ((direction = 'outbound'::text) AND (status = 'sending'::text));

CREATE INDEX messages_unsettled ON public.messages USING btree (next_attempt_at) WHERE ((direction = 'outbound'::text) AND (status = 'unknown'::text) AND (next_attempt_at IS NOT NULL));

CREATE INDEX messages_waiting ON public.messages USING btree (next_attempt_at) WHERE ((direction = 'outbound'::text) AND (status = 'pending'::text) AND (next_attempt_at IS NOT NULL));

CREATE INDEX reformulation_requests_open ON public.reformulation_requests USING btree (id) WHERE (done_at IS NULL);

CREATE INDEX user_message_budget_due ON public.user_message_budget USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX user_message_budget_express ON public.user_message_budget USING btree (next_attempt_at) WHERE ((next_attempt_at IS NOT NULL) AND express);

CREATE OR REPLACE VIEW public.inbound_lines AS
 SELECT contact.user_id,
    contact.contact_id,
    count(waiting.id) AS waiting,
    min(waiting.received_at) AS oldest_received_at,
    contact.turn_id,
    (contact.token IS NOT NULL) AS in_process,
    contact.next_turn_at
   FROM (public.inbound_contacts contact
     LEFT JOIN public.inbound_queue waiting ON (((waiting.user_id = contact.user_id) AND (waiting.status = 'waiting'::text))))
  WHERE (contact.next_turn_at IS NOT NULL)
  GROUP BY contact.user_id;

CREATE TRIGGER message_queue_deleted AFTER DELETE ON public.message_queue FOR EACH ROW WHEN (((old.awaiting IS NOT NULL) AND (old.status = ANY (ARRAY['queued'::text, 'approved'::text])))) EXECUTE FUNCTION public.message_queue_left_llm();

CREATE TRIGGER message_queue_edited AFTER UPDATE OF user_id, priority, status, scheduled_for, awaiting, can_delay, sequence_id, sequence_position, sequence_total ON public.message_queue FOR EACH ROW WHEN (((new.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (new.awaiting IS NULL) AND (((((((((old.status IS DISTINCT FROM new.status) OR (old.scheduled_for IS DISTINCT FROM new.scheduled_for)) OR (old.priority IS DISTINCT FROM new.priority)) OR (old.user_id IS DISTINCT FROM new.user_id)) OR (old.awaiting IS DISTINCT FROM new.awaiting)) OR (old.can_delay IS DISTINCT FROM new.can_delay)) OR (old.sequence_id IS DISTINCT FROM new.sequence_id)) OR (old.sequence_position IS DISTINCT FROM new.sequence_position)) OR (old.sequence_total IS DISTINCT FROM new.sequence_total)))) EXECUTE FUNCTION public.message_queue_edited();

CREATE TRIGGER message_queue_inserted AFTER INSERT ON public.message_queue REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.message_queue_inserted();

CREATE TRIGGER message_queue_left_llm AFTER UPDATE OF status ON public.message_queue FOR EACH ROW WHEN (((old.awaiting IS NOT NULL) AND (old.status = ANY (ARRAY['queued'::text, 'approved'::text])) AND (new.status <> ALL (ARRAY['queued'::text, 'approved'::text])))) EXECUTE FUNCTION public.message_queue_left_llm();

CREATE TRIGGER message_queue_sent BEFORE UPDATE OF status ON public.message_queue FOR EACH ROW WHEN (((old.status = 'sent'::text) AND (new.status <> 'sent'::text))) EXECUTE FUNCTION public.message_queue_sent();

CREATE TRIGGER messages_inbound AFTER INSERT ON public.messages FOR EACH ROW WHEN ((new.direction = 'inbound'::text)) EXECUTE FUNCTION public.messages_inbound();

CREATE TRIGGER messages_inbound_wakes_deliveries AFTER INSERT ON public.messages FOR EACH ROW WHEN ((new.direction = 'inbound'::text)) EXECUTE FUNCTION public.messages_inbound_wakes_deliveries();

CREATE TRIGGER users_edited AFTER UPDATE ON public.users REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit FOR EACH STATEMENT EXECUTE FUNCTION public.users_edited();

CREATE TRIGGER users_edited_wakes_deliveries AFTER UPDATE ON public.users REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit FOR EACH STATEMENT EXECUTE FUNCTION public.users_edited_wakes_deliveries();

CREATE TRIGGER users_inserted AFTER INSERT ON public.users REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.users_inserted();

ALTER TABLE ONLY public.inbound_contacts
    ADD CONSTRAINT inbound_contacts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.inbound_queue
    ADD CONSTRAINT inbound_queue_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.inbound_turns
    ADD CONSTRAINT inbound_turns_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.message_queue
    ADD CONSTRAINT message_queue_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.reformulation_requests
    ADD CONSTRAINT reformulation_requests_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.user_message_budget
    ADD CONSTRAINT user_message_budget_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

