CREATE TYPE public.message_priority AS ENUM (
    'urgent',
    'high',
    'medium',
    'low'
);

CREATE FUNCTION public.arm_users(who text[], due timestamp with time zone[], is_express boolean[]) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO user_message_budget AS budget (user_id, next_attempt_at, express)
  SELECT arming.user_id, arming.due, arming.is_express
  FROM unnest(who, due, is_express) AS arming (user_id, due, is_express)
  ORDER BY arming.user_id
  ON CONFLICT (user_id) DO UPDATE
  SET next_attempt_at = least(budget.next_attempt_at, greatest(excluded.next_attempt_at, budget.blocked_until)),
      express = budget.express OR excluded.express
  WHERE budget.next_attempt_at IS NULL
     OR budget.next_attempt_at > greatest(excluded.next_attempt_at, budget.blocked_until)
     OR excluded.express > budget.express
$$;

CREATE FUNCTION public.message_queue_edited() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for], ARRAY[NEW.priority <= 'high']);
  RETURN NULL;
END $$;

CREATE FUNCTION public.message_queue_inserted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM arm_users(array_agg(user_id), array_agg(due), array_agg(is_express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS is_express
        FROM inserted WHERE status = 'queued' GROUP BY user_id) AS arming
  HAVING count(*) > 0;
  RETURN NULL;
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

CREATE FUNCTION public.micros(instant timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT (extract(epoch FROM CASE WHEN instant < timestamptz 'epoch' THEN timestamptz 'epoch'
                                  WHEN instant > timestamptz '9999-12-31 23:59:59.999999Z'
                                  THEN timestamptz '9999-12-31 23:59:59.999999Z'
                                  ELSE instant END) * 1000000)::bigint
$$;

CREATE FUNCTION public.reopen_gates(who text[], at_once boolean) RETURNS void
    LANGUAGE sql
    AS $$
  UPDATE user_message_budget AS budget
  SET next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR (at_once AND budget.next_attempt_at IS NOT NULL),
      blocked_until = NULL,
      blocked_by = NULL
  FROM (SELECT user_id FROM user_message_budget
        WHERE user_id = ANY (who) ORDER BY user_id FOR NO KEY UPDATE) AS locked
  WHERE budget.user_id = locked.user_id
$$;

CREATE FUNCTION public.schedule_message(user_id text, agent_id text, message_data jsonb, priority public.message_priority DEFAULT 'medium'::public.message_priority, scheduled_for timestamp with time zone DEFAULT NULL::timestamp with time zone, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone, can_delay boolean DEFAULT true, requires_fresh_context boolean DEFAULT false, conversation_id text DEFAULT NULL::text) RETURNS uuid
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
  RETURN NULL;
END $$;

CREATE FUNCTION public.uuid_v7() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
  SELECT (lpad(to_hex(us / 1000), 12, '0')
          || '7' || lpad(to_hex(us % 1000 * 4096 / 1000), 3, '0')
          || '8' || lpad(to_hex(nextval('uuid_v7_tick') & 4294967295), 8, '0')
          || right(gen_random_uuid()::text, 7))::uuid
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us) AS clock
$$;

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
    CONSTRAINT inbound_queue_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'processing'::text, 'done'::text, 'failed'::text, 'duplicate'::text, 'dropped'::text, 'flushed'::text])))
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
    CONSTRAINT messages_direction_check CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text]))),
    CONSTRAINT messages_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'undelivered'::text, 'unknown'::text, 'received'::text])))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_insert_scale_factor='0.05');

CREATE TABLE public.orchestrator_settings (
    name text NOT NULL,
    value text NOT NULL
);

CREATE TABLE public.schema_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

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

CREATE SEQUENCE public.uuid_v7_tick
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE ONLY public.agent_actions_log
    ADD CONSTRAINT agent_actions_log_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.inbound_queue
    ADD CONSTRAINT inbound_queue_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.message_queue
    ADD CONSTRAINT message_queue_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id, user_id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_user_id_queue_id_key UNIQUE (user_id, queue_id);

ALTER TABLE ONLY public.orchestrator_settings
    ADD CONSTRAINT orchestrator_settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.user_message_budget
    ADD CONSTRAINT user_message_budget_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_phone_number_key UNIQUE (phone_number);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX message_queue_expiry ON public.message_queue USING btree (expires_at) WHERE ((status = 'queued'::text) AND (expires_at IS NOT NULL));

CREATE INDEX message_queue_head ON public.message_queue USING btree (user_id, priority, scheduled_for, id) WHERE (status = 'queued'::text);

CREATE INDEX messages_pending ON public.messages USING btree (created_at, id) WHERE ((direction = 'outbound'::text) AND (status = 'pending'::text));

CREATE INDEX messages_sending ON public.messages USING btree (lease_until) WHERE ((direction = 'outbound'::text) AND (status = 'sending'::text));

CREATE INDEX user_message_budget_due ON public.user_message_budget USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX user_message_budget_express ON public.user_message_budget USING btree (next_attempt_at) WHERE ((next_attempt_at IS NOT NULL) AND express);

CREATE TRIGGER message_queue_edited AFTER UPDATE OF user_id, priority, status, scheduled_for ON public.message_queue FOR EACH ROW WHEN (((new.status = 'queued'::text) AND ((((old.status IS DISTINCT FROM new.status) OR (old.scheduled_for IS DISTINCT FROM new.scheduled_for)) OR (old.priority IS DISTINCT FROM new.priority)) OR (old.user_id IS DISTINCT FROM new.user_id)))) EXECUTE FUNCTION public.message_queue_edited();

CREATE TRIGGER message_queue_inserted AFTER INSERT ON public.message_queue REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.message_queue_inserted();

CREATE TRIGGER messages_inbound AFTER INSERT ON public.messages FOR EACH ROW WHEN ((new.direction = 'inbound'::text)) EXECUTE FUNCTION public.messages_inbound();

CREATE TRIGGER users_edited AFTER UPDATE ON public.users REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit FOR EACH STATEMENT EXECUTE FUNCTION public.users_edited();

ALTER TABLE ONLY public.inbound_queue
    ADD CONSTRAINT inbound_queue_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.message_queue
    ADD CONSTRAINT message_queue_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.user_message_budget
    ADD CONSTRAINT user_message_budget_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

