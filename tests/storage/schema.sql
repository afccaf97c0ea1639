CREATE SCHEMA orchestrator;

CREATE TYPE orchestrator.delivery_wait AS ENUM (
    'quiet_hours',
    'retry'
);

CREATE TYPE orchestrator.immediate_promotion AS (
	request integer,
	user_version xid,
	message_id uuid,
	next_attempt_at timestamp with time zone,
	express boolean,
	blocked_until timestamp with time zone,
	blocked_by text,
	date date,
	messages_sent integer,
	last_message_at timestamp with time zone,
	recent_sends text,
	daily_limit integer,
	hourly_limit integer,
	quiet_hours_enabled boolean
);

CREATE TYPE orchestrator.inbound_status AS ENUM (
    'waiting',
    'processing',
    'done',
    'failed',
    'duplicate',
    'dropped',
    'flushed'
);

CREATE TYPE orchestrator.llm_question AS ENUM (
    'relevance',
    'rendering'
);

CREATE TYPE orchestrator.message_direction AS ENUM (
    'inbound',
    'outbound'
);

CREATE TYPE orchestrator.message_outcome AS ENUM (
    'scheduled',
    'duplicate',
    'sent',
    'deferred',
    'superseded',
    'cancelled',
    'expired',
    'failed'
);

CREATE TYPE orchestrator.message_priority AS ENUM (
    'urgent',
    'high',
    'medium',
    'low'
);

CREATE TYPE orchestrator.message_purpose AS ENUM (
    'reply',
    'consent'
);

CREATE TYPE orchestrator.message_status AS ENUM (
    'pending',
    'sending',
    'sent',
    'delivered',
    'failed',
    'undelivered',
    'unknown',
    'received'
);

CREATE TYPE orchestrator.queue_status AS ENUM (
    'queued',
    'approved',
    'sent',
    'superseded',
    'cancelled',
    'expired',
    'failed'
);

CREATE TYPE orchestrator.recent_content AS (
	content_hash uuid,
	message_id uuid,
	created_at timestamp with time zone
);

CREATE TYPE orchestrator.turn_status AS ENUM (
    'processing',
    'retrying',
    'done',
    'failed',
    'flushed'
);

CREATE FUNCTION orchestrator.arm_users(user_ids text[], due timestamp with time zone[], express boolean[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO orchestrator.user_message_budget AS budget (shard, user_id, next_attempt_at, express)
  SELECT orchestrator.shard_of(arming.user_id), arming.user_id, arming.due, arming.express
  FROM unnest(arm_users.user_ids, arm_users.due, arm_users.express) AS arming (user_id, due, express)
  ORDER BY arming.user_id
  ON CONFLICT (shard, user_id) DO UPDATE
  SET next_attempt_at = least(budget.next_attempt_at, greatest(excluded.next_attempt_at, budget.blocked_until)),
      express = budget.express OR excluded.express;
END $$;

CREATE FUNCTION orchestrator.check_message(shard smallint, user_id text, sequence_id text, sequence_position integer, sequence_total integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM orchestrator.users
                 WHERE users.shard = check_message.shard AND users.id = check_message.user_id) THEN
    RAISE EXCEPTION 'unknown_user: there is no user "%"', check_message.user_id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Insert the user into users first.';
  END IF;
  IF num_nulls(sequence_id, sequence_position, sequence_total) NOT IN (0, 3)
     OR sequence_position NOT BETWEEN 1 AND sequence_total THEN
    RAISE EXCEPTION 'a part of a sequence has sequence_id, sequence_position and sequence_total, and its position is '
                    'between 1 and the total'
      USING ERRCODE = 'check_violation';
  END IF;
END $$;

CREATE FUNCTION orchestrator.claim_addresses(addresses text[], user_ids text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
DECLARE
  taken text;
BEGIN
  INSERT INTO orchestrator.user_addresses (shard, address, user_id)
  SELECT orchestrator.shard_of(claimed.address), claimed.address, claimed.user_id
  FROM unnest(claim_addresses.addresses, claim_addresses.user_ids) AS claimed (address, user_id)
  ORDER BY claimed.address
  ON CONFLICT DO NOTHING;

  SELECT claimed.address INTO taken
  FROM unnest(claim_addresses.addresses, claim_addresses.user_ids) AS claimed (address, user_id)
  LEFT JOIN orchestrator.user_addresses AS known
    ON known.shard = orchestrator.shard_of(claimed.address) AND known.address = claimed.address
  WHERE known.user_id IS DISTINCT FROM claimed.user_id
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'address % belongs to another user', taken USING ERRCODE = 'unique_violation';
  END IF;
END $$;

CREATE FUNCTION orchestrator.claim_turns(turn_limit integer, max_in_process integer, max_batch integer, only_shard_of text, ends_expired boolean, claimed_at timestamp with time zone, lease_until timestamp with time zone) RETURNS TABLE(turn_id uuid, token uuid, user_id text, contact_id text, attempt integer, message_id uuid, provider_message_id text, content text, message_type text, written_at timestamp with time zone, metadata jsonb)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
  busy   record;
  room   integer;
  places integer[];
  due    record;
BEGIN
  SELECT count(*) AS turns,
         coalesce(array_agg(contact.turn_place) FILTER (WHERE contact.turn_place IS NOT NULL), '{}') AS places,
         coalesce(bool_or(contact.next_turn_at <= claimed_at), false) AS has_expired
  INTO busy
  FROM orchestrator.inbound_contacts AS contact WHERE contact.token IS NOT NULL;
  IF busy.has_expired AND NOT ends_expired THEN
    RETURN NEXT;
    RETURN;
  END IF;

  room := least(turn_limit, max_in_process - busy.turns);
  IF only_shard_of IS NOT NULL THEN
    places := array_fill(NULL::integer, ARRAY[turn_limit]);
  ELSE
    -- MATERIALIZED: the locks are tried one after the other, and no more than needed.
    WITH free AS MATERIALIZED (
      SELECT place FROM generate_series(1, max_in_process) AS place
      WHERE place <> ALL (busy.places) ORDER BY random()
    ), taken AS (
      SELECT place FROM free
      WHERE pg_try_advisory_xact_lock(hashtext('message-orchestrator turn'), place)
      LIMIT greatest(room, 0)
    )
    SELECT array_agg(place) INTO places FROM taken;
  END IF;
  IF places IS NULL THEN
    RETURN;
  END IF;

  WITH free AS MATERIALIZED (
    SELECT place FROM unnest(places) AS place
    WHERE place IS NULL
       OR place <> ALL (ARRAY(SELECT contact.turn_place FROM orchestrator.inbound_contacts AS contact
                              WHERE contact.token IS NOT NULL AND contact.turn_place IS NOT NULL))
  ), contact AS MATERIALIZED (
    SELECT of_shard.*
    FROM unnest(CASE WHEN only_shard_of IS NULL THEN orchestrator.shards_in_turn()
                     ELSE ARRAY[orchestrator.shard_of(only_shard_of)] END) AS s (shard)
    CROSS JOIN LATERAL (
      SELECT contact.shard, contact.user_id, contact.contact_id, contact.turn_id
      FROM orchestrator.inbound_contacts AS contact
      WHERE contact.shard = s.shard AND contact.next_turn_at <= claimed_at AND contact.token IS NULL
      ORDER BY contact.next_turn_at LIMIT turn_limit
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS of_shard
    LIMIT (SELECT count(*) FROM free)
  )
  SELECT array_agg(contact.shard) AS shards, array_agg(contact.user_id) AS user_ids,
         array_agg(contact.contact_id) AS contact_ids, array_agg(contact.turn_id) AS turn_ids,
         (SELECT array_agg(place) FROM free) AS places
  INTO due FROM contact;
  IF due.user_ids IS NULL THEN
    RETURN;
  END IF;

  -- A later statement than the locks: it sees what the previous holder of a contact committed.
  RETURN QUERY
  WITH taking AS MATERIALIZED (
    SELECT contact.shard, contact.user_id, contact.contact_id, contact.place, contact.turn_id IS NULL AS is_new,
           coalesce(contact.turn_id, orchestrator.uuid_v7_at(claimed_at, contact.shard)) AS turn_id,
           gen_random_uuid() AS token
    FROM unnest(due.shards, due.user_ids, due.contact_ids, due.turn_ids, due.places)
      AS contact (shard, user_id, contact_id, turn_id, place)
    WHERE contact.user_id IS NOT NULL
  ), picked AS MATERIALIZED (
    SELECT taking.turn_id, taking.is_new, head.*
    FROM taking CROSS JOIN LATERAL (
      SELECT queue.shard, queue.id, queue.message_id, queue.provider_message_id, queue.message_type, queue.position,
             coalesce(queue.written_at, queue.received_at) AS written_at, queue.metadata
      FROM orchestrator.inbound_queue AS queue
      WHERE queue.shard = taking.shard AND queue.user_id = taking.user_id AND queue.status = 'waiting'
      ORDER BY queue.position LIMIT max_batch
    ) AS head
    WHERE taking.is_new
    UNION ALL
    SELECT taking.turn_id, taking.is_new, queue.shard, queue.id, queue.message_id, queue.provider_message_id,
           queue.message_type, queue.position, coalesce(queue.written_at, queue.received_at), queue.metadata
    FROM taking JOIN orchestrator.inbound_queue AS queue
      ON queue.shard = taking.shard AND queue.turn_id = taking.turn_id
    WHERE NOT taking.is_new
  ), moved AS (
    UPDATE orchestrator.inbound_queue AS queue SET status = 'processing', turn_id = picked.turn_id
    FROM picked WHERE picked.is_new AND queue.shard = picked.shard AND queue.id = picked.id
  ), opened AS MATERIALIZED (  -- without those whose queue was emptied by SQL
    SELECT * FROM taking WHERE NOT taking.is_new OR taking.turn_id IN (SELECT picked.turn_id FROM picked)
  ), turn AS (
    INSERT INTO orchestrator.inbound_turns AS turn (shard, id, user_id, contact_id, token, lease_until, created_at,
                                                    taken_at)
    SELECT opened.shard, opened.turn_id, opened.user_id, opened.contact_id, opened.token, claim_turns.lease_until,
           claimed_at, claimed_at
    FROM opened
    ON CONFLICT (shard, id) DO UPDATE
    SET status = 'processing', attempt = turn.attempt + 1, token = excluded.token, lease_until = excluded.lease_until,
        taken_at = excluded.taken_at
    RETURNING turn.id, turn.attempt
  ), contact AS (
    UPDATE orchestrator.inbound_contacts AS contact
    SET turn_id = opened.turn_id, token = opened.token, turn_place = opened.place,
        next_turn_at = CASE WHEN opened.turn_id IS NOT NULL THEN claim_turns.lease_until END
    FROM taking LEFT JOIN opened USING (turn_id)
    WHERE contact.shard = taking.shard AND contact.user_id = taking.user_id
  ), logged AS (
    INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data,
                                                created_at)
    SELECT opened.shard, orchestrator.uuid_v7(opened.shard), 'message_coordinator', 'turn_taken', opened.user_id,
           jsonb_build_object('contact_id', opened.contact_id, 'turn_id', opened.turn_id, 'attempt', turn.attempt,
                              'messages', (SELECT coalesce(jsonb_agg(picked.message_id ORDER BY picked.position), '[]')
                                           FROM picked WHERE picked.turn_id = opened.turn_id)),
           '{}', claimed_at
    FROM opened JOIN turn ON turn.id = opened.turn_id
  )
  SELECT opened.turn_id, opened.token, opened.user_id, opened.contact_id, turn.attempt, picked.message_id,
         picked.provider_message_id, message.content, picked.message_type, picked.written_at, picked.metadata
  FROM opened
  JOIN turn ON turn.id = opened.turn_id
  LEFT JOIN (picked JOIN orchestrator.messages AS message
             ON message.shard = picked.shard AND message.id = picked.message_id)
    ON picked.turn_id = opened.turn_id
  ORDER BY opened.turn_id, picked.position;
END $$;

CREATE FUNCTION orchestrator.counter_slot() RETURNS integer
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$
  SELECT pg_backend_pid() % greatest(16 / orchestrator.logical_shards(), 1)
$$;

CREATE FUNCTION orchestrator.create_user_of_address(address text, phone_number text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
DECLARE
  address_shard smallint := orchestrator.shard_of(create_user_of_address.address);
BEGIN
  -- A row that has lost its user, which only a session without triggers can bring about, would block the address.
  PERFORM FROM orchestrator.user_addresses AS known
  WHERE known.shard = address_shard AND known.address = create_user_of_address.address FOR UPDATE;
  DELETE FROM orchestrator.user_addresses AS known
  WHERE known.shard = address_shard AND known.address = create_user_of_address.address
    AND NOT EXISTS (SELECT FROM orchestrator.users
                    WHERE users.shard = orchestrator.shard_of(known.user_id) AND users.id = known.user_id);
  INSERT INTO orchestrator.users (shard, id, phone_number)
  VALUES (address_shard, create_user_of_address.address, create_user_of_address.phone_number)
  ON CONFLICT DO NOTHING;
  PERFORM orchestrator.claim_addresses(ARRAY[create_user_of_address.address], ARRAY[create_user_of_address.address]);
EXCEPTION WHEN unique_violation THEN
  NULL;
END $$;

CREATE FUNCTION orchestrator.drop_oldest_messages(user_id text, contact_id text, kept integer, dropped_at timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
  user_shard smallint := orchestrator.shard_of(drop_oldest_messages.user_id);
  dropped    integer;
BEGIN
  WITH oldest AS MATERIALIZED (
    SELECT queue.id, queue.position FROM orchestrator.inbound_queue AS queue
    WHERE queue.shard = user_shard AND queue.user_id = drop_oldest_messages.user_id AND queue.status = 'waiting'
    ORDER BY queue.position DESC OFFSET kept
  ), ended AS (
    UPDATE orchestrator.inbound_queue AS queue SET status = 'dropped', finished_at = dropped_at
    FROM oldest WHERE queue.shard = user_shard AND queue.id = oldest.id
    RETURNING queue.message_id
  )
  INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data,
                                              created_at)
  SELECT user_shard, orchestrator.uuid_v7(user_shard), 'message_coordinator', 'dropped', drop_oldest_messages.user_id,
         jsonb_build_object('contact_id', drop_oldest_messages.contact_id, 'message_id', ended.message_id), '{}', dropped_at
  FROM ended;
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN dropped;
END $$;

CREATE FUNCTION orchestrator.llm_work_finished() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  PERFORM orchestrator.arm_users(ARRAY[OLD.user_id], ARRAY[timestamptz '-infinity'], ARRAY[true]);
  UPDATE orchestrator.message_queue SET ready = true
  WHERE shard = OLD.shard AND id = OLD.message_id AND status IN ('queued', 'approved') AND sequence_id IS NULL;
  PERFORM orchestrator.refresh_sequences(ARRAY[user_id], ARRAY[sequence_id])
  FROM orchestrator.message_queue
  WHERE shard = OLD.shard AND id = OLD.message_id AND status IN ('queued', 'approved') AND sequence_id IS NOT NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.local_date(instant timestamp with time zone, zone text) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
  RETURN (instant AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.logical_shards() RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$SELECT 32$$;

CREATE FUNCTION orchestrator.message_queue_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  PERFORM orchestrator.check_message(orchestrator.shard_of(NEW.user_id), NEW.user_id, NEW.sequence_id,
                                     NEW.sequence_position, NEW.sequence_total);
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.message_queue_edited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM orchestrator.llm_work
  WHERE shard = OLD.shard AND message_id = OLD.id
    AND (user_id <> NEW.user_id OR question IS NULL AND NEW.status = 'queued');
  UPDATE orchestrator.llm_work SET priority = NEW.priority
  WHERE shard = NEW.shard AND message_id = NEW.id AND priority <> NEW.priority;

  PERFORM orchestrator.arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for], ARRAY[NEW.priority <= 'high']);
  IF NEW.sequence_id IS NOT NULL THEN
    PERFORM orchestrator.refresh_sequences(ARRAY[NEW.user_id], ARRAY[NEW.sequence_id]);
  ELSIF NOT NEW.ready THEN  -- it may have been a part, and is now a message by itself
    UPDATE orchestrator.message_queue SET ready = true
    WHERE shard = NEW.shard AND id = NEW.id
      AND NOT EXISTS (SELECT FROM orchestrator.llm_work
                      WHERE shard = NEW.shard AND message_id = NEW.id AND question IS NOT NULL);
  END IF;
  IF OLD.sequence_id IS NOT NULL AND OLD.sequence_id IS DISTINCT FROM NEW.sequence_id THEN
    PERFORM orchestrator.refresh_sequences(ARRAY[OLD.user_id], ARRAY[OLD.sequence_id]);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.message_queue_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  PERFORM orchestrator.check_message(shard, user_id, sequence_id, sequence_position, sequence_total) FROM inserted;

  PERFORM orchestrator.arm_users(array_agg(user_id), array_agg(due), array_agg(express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS express
        FROM inserted WHERE status IN ('queued', 'approved') GROUP BY user_id) AS arming
  HAVING count(*) > 0;

  IF EXISTS (SELECT FROM inserted WHERE sequence_id IS NOT NULL) THEN
    PERFORM orchestrator.refresh_sequences(array_agg(user_id), array_agg(sequence_id))
    FROM inserted WHERE sequence_id IS NOT NULL;
  END IF;

  IF EXISTS (SELECT FROM inserted WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')) THEN
    -- Of several new messages with one key the last supersedes the others; rows that existed before are older.
    WITH newest AS (
      SELECT DISTINCT ON (user_id, supersede_key) shard, user_id, supersede_key, id, sequence_id, agent_id
      FROM inserted
      WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')
        AND coalesce(sequence_position, 1) = 1
      ORDER BY user_id, supersede_key, id DESC
    ), superseded AS (
      UPDATE orchestrator.message_queue AS earlier
      SET status = 'superseded', superseded_by_message_id = newest.id, superseded_reason = 'superseded',
          status_reason = 'superseded'
      FROM newest
      WHERE earlier.shard = newest.shard AND earlier.user_id = newest.user_id
        AND earlier.supersede_key = newest.supersede_key
        AND earlier.status IN ('queued', 'approved') AND earlier.id <> newest.id
        AND (earlier.sequence_id IS NULL OR earlier.sequence_id IS DISTINCT FROM newest.sequence_id)
        AND (earlier.id < newest.id
             OR NOT EXISTS (SELECT FROM inserted WHERE inserted.shard = earlier.shard AND inserted.id = earlier.id))
      RETURNING earlier.shard, earlier.user_id, earlier.id, newest.id AS newer_id, earlier.agent_id, earlier.priority
    ), counted AS (
      INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
      SELECT min(shard), date_trunc('minute', now()), agent_id, priority, 'superseded', 'superseded', pg_backend_pid(),
             count(*)
      FROM superseded GROUP BY agent_id, priority
      ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
      SET messages = counts.messages + excluded.messages
    )
    INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data)
    SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'superseded', user_id,
           jsonb_build_object('message_id', id), jsonb_build_object('reason', 'superseded', 'superseded_by', newer_id)
    FROM superseded;
  END IF;

  INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
  SELECT min(shard), date_trunc('minute', created_at), agent_id, priority, 'scheduled', '', pg_backend_pid(), count(*)
  FROM inserted GROUP BY 2, agent_id, priority
  ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
  SET messages = counts.messages + excluded.messages;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.message_queue_left_llm() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM orchestrator.llm_work WHERE shard = OLD.shard AND message_id = OLD.id;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.message_queue_sent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'message % has been sent and stays so', OLD.id
    USING ERRCODE = 'invalid_parameter_value', HINT = 'To send it again, insert a new row.';
END $$;

CREATE FUNCTION orchestrator.message_queue_truncated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM orchestrator.llm_work;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.message_text(final_message text, message_data jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT nullif(btrim(coalesce(final_message,
                               CASE WHEN jsonb_typeof(message_data -> 'content') = 'string'
                                    THEN message_data ->> 'content' END),
                      E' \t\r\n'), '')
$$;

CREATE FUNCTION orchestrator.messages_inbound() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  INSERT INTO orchestrator.user_message_budget AS budget (shard, user_id, last_inbound_at)
  VALUES (NEW.shard, NEW.user_id, NEW.created_at)
  ON CONFLICT (shard, user_id) DO UPDATE  -- the gate as reopen_gates does it, in one write
  SET last_inbound_at = greatest(budget.last_inbound_at, excluded.last_inbound_at),
      next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR budget.next_attempt_at IS NOT NULL,
      blocked_until = NULL,
      blocked_by = NULL;
  PERFORM orchestrator.wake_deliveries(NEW.user_id);
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.micros(instant timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT (extract(epoch FROM CASE WHEN instant < timestamptz 'epoch' THEN timestamptz 'epoch'
                                  WHEN instant > timestamptz '9999-12-31 23:59:59.999999Z'
                                  THEN timestamptz '9999-12-31 23:59:59.999999Z'
                                  ELSE instant END) * 1000000)::bigint
$$;

CREATE FUNCTION orchestrator.next_turn_at(instant timestamp with time zone, waiting bigint, oldest timestamp with time zone, newest timestamp with time zone, recent timestamp with time zone[], max_batch integer) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
BEGIN
  RETURN CASE WHEN waiting = 0 THEN NULL
              WHEN waiting >= max_batch THEN instant
              WHEN recent[cardinality(recent) - 3] > instant - interval '1 minute'
              THEN greatest(instant, least(newest + interval '2 seconds', oldest + interval '10 seconds'))
              ELSE instant END;
END $$;

CREATE FUNCTION orchestrator.promote_submitted(shards smallint[], queue_ids uuid[], promotions orchestrator.immediate_promotion[], promoted_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
BEGIN
  WITH promotion AS MATERIALIZED (
    SELECT promotion.*, queue.shard, queue.id AS queue_id, queue.user_id, queue.agent_id, queue.conversation_context_id,
           queue.priority, orchestrator.message_text(queue.final_message, queue.message_data) AS content
    FROM unnest(promote_submitted.promotions) AS promotion
    JOIN orchestrator.message_queue AS queue
      ON queue.shard = promote_submitted.shards[promotion.request]
         AND queue.id = promote_submitted.queue_ids[promotion.request]
  ), inserted AS (
    INSERT INTO orchestrator.messages
      (shard, id, user_id, conversation_id, direction, role, content, status, queue_id, created_at)
    SELECT shard, message_id, user_id, conversation_context_id, 'outbound', split_part(agent_id, '_', 1), content,
           'pending', queue_id, promote_submitted.promoted_at
    FROM promotion
  ), counted AS (
    INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
    SELECT min(shard), date_trunc('minute', promote_submitted.promoted_at), agent_id, priority, 'sent', '',
           pg_backend_pid(), count(*)
    FROM promotion GROUP BY agent_id, priority
    ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
    SET messages = counts.messages + excluded.messages
  )
  UPDATE orchestrator.user_message_budget AS budget
  SET next_attempt_at = promotion.next_attempt_at, express = promotion.express,
      blocked_until = promotion.blocked_until, blocked_by = promotion.blocked_by,
      date = promotion.date, messages_sent = promotion.messages_sent, last_message_at = promotion.last_message_at,
      recent_sends = promotion.recent_sends::timestamptz[], daily_limit = promotion.daily_limit,
      hourly_limit = promotion.hourly_limit, quiet_hours_enabled = promotion.quiet_hours_enabled
  FROM promotion
  WHERE budget.shard = promotion.shard AND budget.user_id = promotion.user_id;
END $$;

CREATE FUNCTION orchestrator.receive_messages(user_ids text[], contact_ids text[], message_ids uuid[], queue_ids uuid[], texts text[], provider_ids text[], content_hashes text[], consents text[], message_types text[], metadata text[], written_at timestamp with time zone[], duplicates_since timestamp with time zone, max_waiting integer, max_batch integer, received_at timestamp with time zone) RETURNS TABLE(arrival integer, outcome text, message_id uuid, dropped integer, wakes_queue boolean, changed_consent boolean)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
  incoming    record;
  known       record;
  is_one      boolean := user_ids[1] = ALL (user_ids);
  all_repeats integer := 0;
  all_dropped integer := 0;
BEGIN
  -- The usual case, one contact that has written before, is locked without a write. Others are locked in one order.
  PERFORM FROM orchestrator.inbound_contacts AS contact
  WHERE is_one AND contact.shard = orchestrator.shard_of(user_ids[1]) AND contact.user_id = user_ids[1]
  FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    INSERT INTO orchestrator.inbound_contacts AS contact (shard, user_id, contact_id)
    SELECT DISTINCT ON (arriving.user_id) orchestrator.shard_of(arriving.user_id), arriving.user_id, arriving.contact_id
    FROM unnest(user_ids, contact_ids) AS arriving (user_id, contact_id)
    ORDER BY arriving.user_id
    ON CONFLICT (shard, user_id) DO UPDATE SET contact_id = contact.contact_id;
  END IF;
  IF consents <@ ARRAY['none'] THEN
    PERFORM FROM unnest(user_ids) AS arriving (user_id)
    JOIN orchestrator.users ON users.shard = orchestrator.shard_of(arriving.user_id) AND users.id = arriving.user_id
    ORDER BY users.id FOR KEY SHARE OF users;
  ELSE
    PERFORM FROM unnest(user_ids) AS arriving (user_id)
    JOIN orchestrator.users ON users.shard = orchestrator.shard_of(arriving.user_id) AND users.id = arriving.user_id
    ORDER BY users.id FOR NO KEY UPDATE OF users;
  END IF;

  FOR incoming IN
    SELECT given.*, orchestrator.shard_of(given.user_id) AS shard
    FROM unnest(user_ids, contact_ids, message_ids, queue_ids, texts, provider_ids, content_hashes, consents,
                message_types, metadata, written_at) WITH ORDINALITY
      AS given (user_id, contact_id, message_id, queue_id, content, provider_id, content_hash, consent, message_type,
                metadata, written_at, position)
    ORDER BY given.user_id, given.position
  LOOP
    -- A message that was dropped, flushed or failed counts only for the gateway's own repetitions: a user who writes it
    -- again wants it answered.
    SELECT contact.turn_id IS NOT NULL AS is_busy, backlog.*, same_id.message_id AS same_id,
           same_content.message_id AS same_content, coalesce(budget.next_attempt_at IS NOT NULL, false) AS has_scheduled
    INTO known
    FROM orchestrator.inbound_contacts AS contact
    LEFT JOIN orchestrator.user_message_budget AS budget
      ON budget.shard = contact.shard AND budget.user_id = contact.user_id
    CROSS JOIN LATERAL (
      SELECT count(*) AS waiting, min(queue.received_at) AS oldest, max(queue.received_at) AS newest
      FROM orchestrator.inbound_queue AS queue
      WHERE queue.shard = contact.shard AND queue.user_id = contact.user_id AND queue.status = 'waiting'
    ) AS backlog
    LEFT JOIN LATERAL (
      SELECT queue.message_id FROM orchestrator.inbound_queue AS queue
      WHERE queue.shard = contact.shard AND queue.user_id = contact.user_id
        AND queue.provider_message_id = incoming.provider_id AND queue.status <> 'duplicate'
      LIMIT 1
    ) AS same_id ON incoming.provider_id IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT queue.message_id FROM orchestrator.inbound_queue AS queue
      WHERE queue.shard = contact.shard AND queue.user_id = contact.user_id
        AND queue.content_hash = decode(incoming.content_hash, 'hex')
        AND queue.received_at > duplicates_since AND queue.status <> 'duplicate'
        AND queue.status NOT IN ('dropped', 'flushed', 'failed')
      ORDER BY queue.received_at DESC LIMIT 1
    ) AS same_content ON duplicates_since IS NOT NULL
    WHERE contact.shard = incoming.shard AND contact.user_id = incoming.user_id;

    arrival := incoming.position;
    message_id := incoming.message_id;
    wakes_queue := known.has_scheduled;
    dropped := 0;
    changed_consent := false;
    outcome := 'queued';
    -- A keyword takes effect each time it is sent. One such as "yes" that changes nothing may be an answer to the agent.
    IF known.same_id IS NULL AND incoming.consent = 'stop' THEN
      outcome := 'opted_out';
      UPDATE orchestrator.users AS person SET opted_out_at = received_at, updated_at = received_at
      WHERE person.shard = incoming.shard AND person.id = incoming.user_id AND person.opted_out_at IS NULL;
      changed_consent := FOUND;
    ELSIF known.same_id IS NULL AND incoming.consent = 'start' THEN
      UPDATE orchestrator.users AS person SET opted_out_at = NULL, updated_at = received_at
      WHERE person.shard = incoming.shard AND person.id = incoming.user_id AND person.opted_out_at IS NOT NULL;
      changed_consent := FOUND;
      outcome := CASE WHEN changed_consent THEN 'opted_in' ELSE 'queued' END;
    END IF;
    IF outcome = 'queued' AND coalesce(known.same_id, known.same_content) IS NOT NULL THEN
      outcome := 'duplicate';
      message_id := coalesce(known.same_id, known.same_content);
      wakes_queue := false;
      all_repeats := all_repeats + 1;
    END IF;
    IF outcome = 'queued' AND known.waiting >= max_waiting THEN
      dropped := orchestrator.drop_oldest_messages(incoming.user_id, incoming.contact_id, max_waiting - 1, received_at);
      all_dropped := all_dropped + dropped;
      SELECT count(*), min(queue.received_at), max(queue.received_at)
      INTO known.waiting, known.oldest, known.newest
      FROM orchestrator.inbound_queue AS queue
      WHERE queue.shard = incoming.shard AND queue.user_id = incoming.user_id AND queue.status = 'waiting';
    END IF;

    WITH message AS (
      INSERT INTO orchestrator.messages (shard, id, user_id, direction, role, content, status, provider_message_id,
                                         created_at)
      SELECT incoming.shard, incoming.message_id, incoming.user_id, 'inbound', 'user', incoming.content, 'received',
             incoming.provider_id, receive_messages.received_at
      WHERE receive_messages.outcome <> 'duplicate'
    ), contact AS (  -- while a turn is open, its end sets the next one
      UPDATE orchestrator.inbound_contacts AS contact
      SET contact_id = incoming.contact_id,
          received = contact.received + 1,
          recent = CASE WHEN receive_messages.outcome = 'queued' THEN latest.four ELSE contact.recent END,
          last_message_at = CASE WHEN receive_messages.outcome = 'queued' THEN receive_messages.received_at
                                 ELSE contact.last_message_at END,
          next_turn_at = CASE WHEN receive_messages.outcome = 'queued' AND contact.turn_id IS NULL
                              THEN orchestrator.next_turn_at(
                                     receive_messages.received_at, known.waiting + 1,
                                     least(known.oldest, receive_messages.received_at),
                                     greatest(known.newest, receive_messages.received_at), latest.four, max_batch)
                              ELSE contact.next_turn_at END
      FROM (SELECT (before.recent || receive_messages.received_at)[greatest(cardinality(before.recent) - 2, 1):] AS four
            FROM orchestrator.inbound_contacts AS before
            WHERE before.shard = incoming.shard AND before.user_id = incoming.user_id) AS latest
      WHERE contact.shard = incoming.shard AND contact.user_id = incoming.user_id
      RETURNING contact.received
    ), queued AS (
      INSERT INTO orchestrator.inbound_queue (shard, id, user_id, contact_id, message_id, provider_message_id,
                                              content_hash, status, position, message_type, metadata, written_at,
                                              received_at, finished_at)
      SELECT incoming.shard, incoming.queue_id, incoming.user_id, incoming.contact_id, receive_messages.message_id,
             incoming.provider_id, decode(incoming.content_hash, 'hex'),
             CASE receive_messages.outcome WHEN 'duplicate' THEN orchestrator.inbound_status 'duplicate'
                                           WHEN 'queued' THEN 'waiting' ELSE 'done' END,
             contact.received, incoming.message_type, incoming.metadata::jsonb, incoming.written_at,
             receive_messages.received_at,
             CASE WHEN receive_messages.outcome <> 'queued' THEN receive_messages.received_at END
      FROM contact
    )
    INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data,
                                                created_at)
    VALUES (incoming.shard, orchestrator.uuid_v7(incoming.shard), 'message_coordinator',
            CASE receive_messages.outcome WHEN 'queued' THEN 'received' ELSE receive_messages.outcome END,
            incoming.user_id,
            CASE WHEN receive_messages.outcome = 'duplicate' THEN jsonb_build_object('contact_id', incoming.contact_id)
                 ELSE jsonb_build_object('contact_id', incoming.contact_id, 'message_id', incoming.message_id) END,
            CASE receive_messages.outcome
              WHEN 'queued' THEN jsonb_build_object('waiting', known.waiting + 1, 'busy', known.is_busy)
              WHEN 'duplicate' THEN jsonb_build_object('duplicate_of', receive_messages.message_id)
              ELSE '{}' END,
            receive_messages.received_at);
    RETURN NEXT;
  END LOOP;

  UPDATE orchestrator.inbound_counters AS counters
  SET received = counters.received + cardinality(user_ids), duplicates = counters.duplicates + all_repeats,
      dropped = counters.dropped + all_dropped
  WHERE counters.shard = incoming.shard AND counters.slot = orchestrator.counter_slot();
END $$;

CREATE FUNCTION orchestrator.refresh_sequences(user_ids text[], sequence_ids text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  WITH named AS (
    SELECT DISTINCT orchestrator.shard_of(user_id) AS shard, user_id, sequence_id
    FROM unnest(user_ids, sequence_ids) AS given (user_id, sequence_id)
  ), judged AS (
    SELECT part.shard, part.user_id, part.sequence_id,
           count(*) = max(part.sequence_total)
             AND count(CASE WHEN NOT part.ready
                            THEN (SELECT work.question FROM orchestrator.llm_work AS work
                                  WHERE work.shard = part.shard AND work.message_id = part.id) END) = 0 AS is_in_queue
    FROM named JOIN orchestrator.message_queue AS part USING (shard, user_id, sequence_id)
    WHERE part.status IN ('queued', 'approved')
    GROUP BY part.shard, part.user_id, part.sequence_id
  )
  UPDATE orchestrator.message_queue AS part
  SET ready = judged.is_in_queue AND part.sequence_position = 1
  FROM judged
  WHERE part.shard = judged.shard AND part.user_id = judged.user_id AND part.sequence_id = judged.sequence_id
    AND part.status IN ('queued', 'approved')
    AND part.ready <> (judged.is_in_queue AND part.sequence_position = 1);

  PERFORM orchestrator.arm_users(array_agg(first.user_id), array_agg(first.scheduled_for),
                                 array_agg(first.priority <= 'high'))
  FROM (SELECT DISTINCT ON (part.user_id) part.user_id, part.scheduled_for, part.priority
        FROM unnest(user_ids, sequence_ids) AS named (user_id, sequence_id)
        JOIN orchestrator.message_queue AS part
          ON part.shard = orchestrator.shard_of(named.user_id) AND part.user_id = named.user_id
             AND part.sequence_id = named.sequence_id
        WHERE part.status IN ('queued', 'approved') AND part.ready
        ORDER BY part.user_id, part.scheduled_for) AS first
  HAVING count(*) > 0;
END $$;

CREATE FUNCTION orchestrator.reopen_gates(user_ids text[], at_once boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  UPDATE orchestrator.user_message_budget AS budget
  SET next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR (at_once AND budget.next_attempt_at IS NOT NULL),
      blocked_until = NULL,
      blocked_by = NULL
  FROM (SELECT gate.shard, gate.user_id
        FROM unnest(user_ids) AS named (user_id)
        JOIN orchestrator.user_message_budget AS gate
          ON gate.shard = orchestrator.shard_of(named.user_id) AND gate.user_id = named.user_id
        ORDER BY gate.user_id FOR NO KEY UPDATE OF gate) AS locked
  WHERE budget.shard = locked.shard AND budget.user_id = locked.user_id;
END $$;

CREATE FUNCTION orchestrator.row_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $_$
BEGIN
  EXECUTE format('UPDATE %s SET shard = orchestrator.shard_of(user_id) WHERE shard = $1 AND id = $2', TG_RELID::regclass)
  USING NEW.shard, NEW.id;
  RETURN NULL;
END $_$;

CREATE FUNCTION orchestrator.schedule_message(user_id text, agent_id text, message_data jsonb, priority orchestrator.message_priority DEFAULT 'medium'::orchestrator.message_priority, scheduled_for timestamp with time zone DEFAULT NULL::timestamp with time zone, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone, can_delay boolean DEFAULT true, requires_fresh_context boolean DEFAULT false, conversation_id text DEFAULT NULL::text, idempotency_key text DEFAULT NULL::text, supersede_key text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
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

CREATE FUNCTION orchestrator.set_shard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.user_id);
  RETURN NEW;
END $$;

CREATE FUNCTION orchestrator.set_shard_and_id() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.user_id);
  NEW.id := coalesce(NEW.id, orchestrator.uuid_v7(NEW.shard));
  RETURN NEW;
END $$;

CREATE FUNCTION orchestrator.set_shard_of_address() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.address);
  RETURN NEW;
END $$;

CREATE FUNCTION orchestrator.set_shard_of_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.id);
  RETURN NEW;
END $$;

CREATE FUNCTION orchestrator.shard_in(id uuid) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT CASE WHEN substr(id::text, 15, 1) = '7' AND substr(id::text, 20, 1) = '8'
                   AND substr(id::text, 21, 3) < lpad(to_hex(orchestrator.logical_shards()), 3, '0')
              THEN ('x' || substr(id::text, 21, 3))::bit(12)::integer::smallint END
$$;

CREATE FUNCTION orchestrator.shard_of(user_id text) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT (get_byte(sha256(replace(user_id, chr(92), chr(92) || chr(92))::bytea), 0)
          % orchestrator.logical_shards())::smallint
$$;

CREATE FUNCTION orchestrator.shards() RETURNS smallint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT array_agg(shard::smallint ORDER BY shard) FROM generate_series(0, orchestrator.logical_shards() - 1) AS shard
$$;

CREATE FUNCTION orchestrator.shards_from(first integer) RETURNS smallint[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
  start integer := first % orchestrator.logical_shards();
BEGIN
  RETURN (orchestrator.shards())[start + 1:] || (orchestrator.shards())[:start];
END $$;

CREATE FUNCTION orchestrator.shards_in_turn() RETURNS smallint[]
    LANGUAGE plpgsql PARALLEL SAFE
    AS $$
BEGIN
  RETURN orchestrator.shards_from(floor(random() * orchestrator.logical_shards())::integer);
END $$;

CREATE TABLE orchestrator.message_queue (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    user_id text NOT NULL,
    agent_id text NOT NULL,
    conversation_context_id text,
    message_data jsonb NOT NULL,
    final_message text,
    priority orchestrator.message_priority DEFAULT 'medium'::orchestrator.message_priority NOT NULL,
    can_delay boolean DEFAULT true NOT NULL,
    requires_fresh_context boolean DEFAULT false NOT NULL,
    status orchestrator.queue_status DEFAULT 'queued'::orchestrator.queue_status NOT NULL,
    status_reason text,
    scheduled_for timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    idempotency_key text,
    request_hash uuid,
    supersede_key text,
    superseded_by_message_id uuid,
    superseded_reason text,
    sequence_id text,
    sequence_position integer,
    sequence_total integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    delivered_message_id uuid,
    ready boolean DEFAULT true NOT NULL
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.05');
ALTER TABLE ONLY orchestrator.message_queue ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.user_message_budget (
    shard smallint NOT NULL,
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
    blocked_by text,
    recent_contents orchestrator.recent_content[] DEFAULT '{}'::orchestrator.recent_content[] NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');
ALTER TABLE ONLY orchestrator.user_message_budget ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.users (
    shard smallint NOT NULL,
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
ALTER TABLE ONLY orchestrator.users ALTER COLUMN shard SET (n_distinct=32);

CREATE FUNCTION orchestrator.submit_messages(shards smallint[], user_ids text[], idempotency_keys text[], request_hashes uuid[], content_hashes uuid[], checks_content boolean[], same_key_before integer[], same_content_before integer[], agent_ids text[], conversation_ids text[], priorities orchestrator.message_priority[], can_delay boolean[], fresh_context boolean[], scheduled_for timestamp with time zone[], expires_at timestamp with time zone[], supersede_keys text[], part_totals integer[], part_of integer[], part_positions integer[], ids uuid[], message_data text[], may_be_stored boolean, duplicates_since timestamp with time zone, max_waiting integer, submitted_at timestamp with time zone, promotions jsonb DEFAULT NULL::jsonb) RETURNS TABLE(request integer, outcome text, earlier orchestrator.message_queue, users orchestrator.users, budget orchestrator.user_message_budget)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
  has_sequences boolean := num_nonnulls(VARIADIC part_totals) > 0;
  has_supersede boolean := num_nonnulls(VARIADIC supersede_keys) > 0;
  has_repeats   boolean := num_nonnulls(VARIADIC same_key_before) + num_nonnulls(VARIADIC same_content_before) > 0;
  first_ids     uuid[]  := ids;    -- of each request's first part
  -- Of the requests whose users are locked here, in their order.
  positions     integer[];
  people        orchestrator.users[];
  budgets       orchestrator.user_message_budget[];
  may_repeat    boolean[];
  -- Of all requests, by position.
  outcomes      text[]  := array_fill('locked'::text, ARRAY[cardinality(user_ids)]);
  earlier_ids   uuid[]  := array_fill(NULL::uuid, ARRAY[cardinality(user_ids)]);
  earlier_rows  orchestrator.message_queue[];
  key_ids       uuid[];            -- the message that has the idempotency key
  key_hashes    uuid[];
  content_ids   uuid[];            -- the first message that has the content
  waiting       integer[];         -- messages of the user, at the user's first request
  key_stored    integer[];         -- the request of this call that was stored with the key
  content_stored integer[];
  locked_at     integer[];         -- where it is among those whose users are locked
  -- Of each user with a stored request.
  armed_at      integer[];         -- the position of the first
  armed_due     timestamptz[];
  armed_express boolean[];
  content_from  integer[];         -- the range of new_contents
  content_to    integer[];
  new_contents  orchestrator.recent_content[] := '{}';
  allowed       orchestrator.immediate_promotion[];  -- those whose users have not changed
  promoted      orchestrator.immediate_promotion[] := '{}';
  promoted_ids  uuid[];            -- messages.id
  any_waits     boolean := false;
  evicts        boolean := false;  -- some row may have no room for all its contents
  waiting_now   integer;
  armed         integer := 0;
  armed_user    text;
  twin          integer;
  at            integer;
  found         record;
  setting       text;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'submit_messages() needs the isolation level READ COMMITTED'
      USING ERRCODE = 'invalid_transaction_state';
  END IF;

  SELECT array_agg(locked.position), array_agg(locked.users), array_agg(locked.budget), array_agg(locked.may_repeat)
  INTO positions, people, budgets, may_repeat
  FROM (
    SELECT request.position::integer, users, budget,
           request.checks_content AND (cardinality(budget.recent_contents) >= 32 OR EXISTS (
             SELECT FROM unnest(budget.recent_contents) AS recent
             WHERE recent.content_hash = request.content_hash AND recent.created_at > submit_messages.duplicates_since)
           ) AS may_repeat
    FROM unnest(submit_messages.shards, submit_messages.user_ids, submit_messages.content_hashes,
                submit_messages.checks_content) WITH ORDINALITY
      AS request (shard, user_id, content_hash, checks_content, position)
    JOIN orchestrator.user_message_budget AS budget
      ON budget.shard = request.shard AND budget.user_id = request.user_id
    JOIN orchestrator.users ON users.shard = request.shard AND users.id = request.user_id
    ORDER BY request.position
    FOR NO KEY UPDATE OF budget SKIP LOCKED
  ) AS locked;

  IF coalesce(cardinality(positions), 0) < cardinality(user_ids) THEN
    FOR found IN
      SELECT request.position::integer
      FROM unnest(submit_messages.shards, submit_messages.user_ids) WITH ORDINALITY AS request (shard, user_id, position)
      WHERE NOT EXISTS (SELECT FROM orchestrator.users
                        WHERE users.shard = request.shard AND users.id = request.user_id)
    LOOP
      outcomes[found.position] := 'unknown_user';
    END LOOP;
  END IF;

  IF has_supersede THEN
    FOR found IN
      WITH earlier AS MATERIALIZED (
        SELECT queue.shard, queue.id, queue.user_id
        FROM unnest(submit_messages.shards, submit_messages.user_ids, submit_messages.supersede_keys) WITH ORDINALITY
          AS request (shard, user_id, supersede_key, position)
        JOIN orchestrator.message_queue AS queue
          ON queue.shard = request.shard AND queue.user_id = request.user_id
             AND queue.supersede_key = request.supersede_key
        WHERE queue.status IN ('queued', 'approved') AND request.position = ANY (positions)
      ), lockable AS MATERIALIZED (
        SELECT queue.id FROM earlier JOIN orchestrator.message_queue AS queue USING (shard, id)
        FOR NO KEY UPDATE OF queue SKIP LOCKED
      )
      SELECT DISTINCT earlier.user_id FROM earlier WHERE earlier.id NOT IN (SELECT id FROM lockable)
    LOOP
      FOR i IN 1 .. cardinality(positions) LOOP
        IF user_ids[positions[i]] = found.user_id THEN positions[i] := NULL; END IF;
      END LOOP;
    END LOOP;
  END IF;

  -- A message that supersedes others is left to the pass.
  IF promotions IS NOT NULL THEN
    FOR found IN
      SELECT promotion
      FROM jsonb_populate_recordset(NULL::orchestrator.immediate_promotion, submit_messages.promotions) AS promotion
      JOIN orchestrator.user_message_budget AS budget
        ON budget.shard = submit_messages.shards[promotion.request]
           AND budget.user_id = submit_messages.user_ids[promotion.request]
      WHERE budget.xmin = promotion.user_version AND promotion.request = ANY (positions)
        AND NOT EXISTS (
          SELECT FROM orchestrator.message_queue AS queue
          WHERE queue.shard = submit_messages.shards[promotion.request]
            AND queue.user_id = submit_messages.user_ids[promotion.request]
            AND queue.supersede_key = submit_messages.supersede_keys[promotion.request]
            AND queue.status IN ('queued', 'approved'))
    LOOP
      allowed[(found.promotion).request] := found.promotion;
    END LOOP;
  END IF;

  IF has_sequences THEN
    SELECT array_agg(part.id ORDER BY part.part_of) INTO first_ids
    FROM unnest(submit_messages.part_of, submit_messages.ids, submit_messages.part_positions)
      AS part (part_of, id, part_position)
    WHERE part.part_position = 1;
  END IF;

  IF num_nonnulls(VARIADIC idempotency_keys) > 0 THEN
    FOR found IN
      SELECT request.position::integer, queue.id, queue.request_hash
      FROM unnest(submit_messages.shards, submit_messages.user_ids, submit_messages.idempotency_keys) WITH ORDINALITY
        AS request (shard, user_id, idempotency_key, position)
      JOIN orchestrator.message_queue AS queue
        ON queue.shard = request.shard AND queue.user_id = request.user_id
           AND queue.idempotency_key = request.idempotency_key
    LOOP
      key_ids[found.position] := found.id;
      key_hashes[found.position] := found.request_hash;
    END LOOP;
  END IF;

  -- A message that was cancelled or has failed does not count.
  IF true = ANY (may_repeat) THEN
    FOR found IN
      SELECT request.position, first.message_id
      FROM unnest(positions, may_repeat) AS request (position, may_repeat)
      CROSS JOIN LATERAL (
        SELECT content.message_id
        FROM (SELECT recent.content_hash, recent.message_id, recent.created_at
              FROM orchestrator.user_message_budget AS budget, unnest(budget.recent_contents) AS recent
              WHERE budget.shard = submit_messages.shards[request.position]
                AND budget.user_id = submit_messages.user_ids[request.position]
              UNION ALL
              SELECT content_hash, id, created_at FROM orchestrator.earlier_contents
              WHERE shard = submit_messages.shards[request.position]
                AND user_id = submit_messages.user_ids[request.position]
                AND content_hash = submit_messages.content_hashes[request.position]) AS content
        JOIN orchestrator.message_queue AS queue
          ON queue.shard = submit_messages.shards[request.position] AND queue.id = content.message_id
             AND queue.user_id = submit_messages.user_ids[request.position]
        WHERE content.content_hash = submit_messages.content_hashes[request.position]
          AND content.created_at > submit_messages.duplicates_since
          AND queue.status IN ('queued', 'approved', 'sent')
        ORDER BY content.created_at, content.message_id LIMIT 1
      ) AS first
      WHERE request.may_repeat
    LOOP
      content_ids[found.position] := found.message_id;
    END LOOP;
  END IF;

  FOR i IN 1 .. coalesce(cardinality(positions), 0) LOOP
    any_waits := any_waits OR budgets[i].next_attempt_at IS NOT NULL;
  END LOOP;
  IF max_waiting > 0 AND any_waits THEN
    FOR found IN
      SELECT request.position, counted.messages
      FROM unnest(positions) AS request (position)
      CROSS JOIN LATERAL (
        SELECT count(*)::integer AS messages
        FROM (SELECT FROM orchestrator.message_queue
              WHERE shard = submit_messages.shards[request.position]
                AND user_id = submit_messages.user_ids[request.position]
                AND status IN ('queued', 'approved') AND ready
              LIMIT submit_messages.max_waiting) AS queue
      ) AS counted
      WHERE submit_messages.user_ids[request.position] IS DISTINCT FROM submit_messages.user_ids[request.position - 1]
    LOOP
      waiting[found.position] := found.messages;
    END LOOP;
  END IF;

  FOR i IN 1 .. coalesce(cardinality(positions), 0) LOOP
    at := positions[i];
    CONTINUE WHEN at IS NULL;
    locked_at[at] := i;
    IF at = 1 OR user_ids[at] <> user_ids[at - 1] THEN waiting_now := coalesce(waiting[at], 0); END IF;
    outcomes[at] := 'stored';
    IF first_ids[at] = key_ids[at] OR first_ids[at] = content_ids[at] THEN
      outcomes[at] := 'stored before';  -- by a call whose answer was lost
      earlier_ids[at] := first_ids[at];
    ELSIF idempotency_keys[at] IS NOT NULL THEN
      twin := key_stored[same_key_before[at]];
      IF key_ids[at] IS NOT NULL OR twin IS NOT NULL THEN
        outcomes[at] := CASE WHEN request_hashes[at] = CASE WHEN key_ids[at] IS NULL THEN request_hashes[twin]
                                                            ELSE key_hashes[at] END
                             THEN 'replayed' ELSE 'key_reused' END;
        earlier_ids[at] := coalesce(key_ids[at], first_ids[twin]);
      END IF;
    ELSIF checks_content[at] THEN
      twin := content_stored[same_content_before[at]];
      IF content_ids[at] IS NOT NULL OR twin IS NOT NULL THEN
        outcomes[at] := 'duplicate';
        earlier_ids[at] := coalesce(content_ids[at], first_ids[twin]);
      END IF;
    END IF;
    IF outcomes[at] = 'stored' AND may_be_stored THEN
      IF EXISTS (SELECT FROM orchestrator.message_queue WHERE shard = shards[at] AND id = first_ids[at]) THEN
        outcomes[at] := 'stored before';
        earlier_ids[at] := first_ids[at];
      END IF;
    END IF;
    IF outcomes[at] = 'stored' AND max_waiting > 0 THEN
      waiting_now := waiting_now + 1;
      IF waiting_now > max_waiting THEN outcomes[at] := 'queue_full'; END IF;
    END IF;
    IF has_repeats THEN
      key_stored[at] := coalesce(key_stored[same_key_before[at]],
                                 CASE WHEN outcomes[at] LIKE 'stored%' THEN at END);
      content_stored[at] := coalesce(content_stored[same_content_before[at]],
                                     CASE WHEN outcomes[at] LIKE 'stored%' THEN at END);
    END IF;

    CONTINUE WHEN outcomes[at] <> 'stored';
    IF armed_user IS DISTINCT FROM user_ids[at] THEN
      armed_user := user_ids[at];
      armed := armed + 1;
      armed_at[armed] := at;
      content_from[armed] := cardinality(new_contents) + 1;
    END IF;
    promoted_ids[at] := (allowed[at]).message_id;
    IF promoted_ids[at] IS NOT NULL THEN
      outcomes[at] := 'promoted';
      promoted := promoted || allowed[at];
    END IF;
    -- Every element is assigned: an array whose first is missing would begin with the second.
    armed_due[armed] := least(armed_due[armed], CASE WHEN promoted_ids[at] IS NULL THEN scheduled_for[at] END);
    armed_express[armed] := coalesce(armed_express[armed], false)
                            OR priorities[at] <= 'high' AND promoted_ids[at] IS NULL;
    IF content_hashes[at] IS NOT NULL THEN
      new_contents := new_contents || ROW(content_hashes[at], first_ids[at], submitted_at)::orchestrator.recent_content;
    END IF;
    content_to[armed] := cardinality(new_contents);
    evicts := evicts OR cardinality(budgets[i].recent_contents) + content_to[armed] - content_from[armed] >= 32;
  END LOOP;

  IF armed > 0 THEN
    -- Otherwise the trigger supersedes earlier messages and completes sequences; it arms the users too.
    setting := set_config('orchestrator.is_armed', CASE WHEN has_supersede OR has_sequences THEN '' ELSE 'on' END, true);
    INSERT INTO orchestrator.message_queue
      (shard, id, user_id, agent_id, conversation_context_id, message_data, priority, can_delay, requires_fresh_context,
       scheduled_for, expires_at, idempotency_key, request_hash, supersede_key, sequence_id, sequence_position,
       sequence_total, ready, created_at, status, sent_at, delivered_message_id)
    SELECT submit_messages.shards[request], id, submit_messages.user_ids[request], submit_messages.agent_ids[request],
           submit_messages.conversation_ids[request], message_data::jsonb, submit_messages.priorities[request],
           submit_messages.can_delay[request], submit_messages.fresh_context[request],
           submit_messages.scheduled_for[request], submit_messages.expires_at[request],
           -- A key is unique: only the first part has it.
           CASE WHEN part_position = 1 THEN submit_messages.idempotency_keys[request] END,
           CASE WHEN part_position = 1 THEN submit_messages.request_hashes[request] END,
           submit_messages.supersede_keys[request],
           CASE WHEN submit_messages.part_totals[request] IS NOT NULL THEN first_ids[request]::text END,
           CASE WHEN submit_messages.part_totals[request] IS NOT NULL THEN part_position END,
           submit_messages.part_totals[request], part_position = 1, submit_messages.submitted_at,
           CASE WHEN promoted_ids[request] IS NULL THEN 'queued' ELSE 'sent' END::orchestrator.queue_status,
           CASE WHEN promoted_ids[request] IS NOT NULL THEN submit_messages.submitted_at END, promoted_ids[request]
    FROM unnest(submit_messages.part_of, submit_messages.part_positions, submit_messages.ids,
                submit_messages.message_data) AS part (request, part_position, id, message_data)
    WHERE outcomes[request] IN ('stored', 'promoted');
    setting := set_config('orchestrator.is_armed', '', true);

    UPDATE orchestrator.user_message_budget AS budget
    SET next_attempt_at = CASE WHEN armed.due IS NULL THEN budget.next_attempt_at  -- promoted
                               ELSE least(budget.next_attempt_at, greatest(armed.due, budget.blocked_until)) END,
        express = budget.express OR armed.is_express,
        recent_contents = CASE WHEN cardinality(budget.recent_contents) = 0 THEN '{}'
                               ELSE ARRAY(SELECT recent FROM unnest(budget.recent_contents) AS recent
                                          WHERE recent.created_at > submit_messages.duplicates_since)
                          END || new_contents[armed.content_from:armed.content_to]
    FROM unnest(armed_at, armed_due, armed_express, content_from, content_to)
      AS armed (position, due, is_express, content_from, content_to)
    WHERE budget.shard = submit_messages.shards[armed.position]
      AND budget.user_id = submit_messages.user_ids[armed.position];
  END IF;

  IF cardinality(promoted) > 0 THEN
    PERFORM orchestrator.promote_submitted(shards, first_ids, promoted, submitted_at);
  END IF;

  IF evicts THEN
    INSERT INTO orchestrator.earlier_contents (shard, id, user_id, content_hash, created_at)
    SELECT budget.shard, recent.message_id, budget.user_id, recent.content_hash, recent.created_at
    FROM unnest(armed_at) AS armed (position)
    JOIN orchestrator.user_message_budget AS budget
      ON budget.shard = submit_messages.shards[armed.position]
         AND budget.user_id = submit_messages.user_ids[armed.position]
    CROSS JOIN LATERAL unnest(budget.recent_contents[:cardinality(budget.recent_contents) - 32]) AS recent
    ON CONFLICT DO NOTHING;
    UPDATE orchestrator.user_message_budget AS budget
    SET recent_contents = budget.recent_contents[cardinality(budget.recent_contents) - 31:]
    FROM unnest(armed_at) AS armed (position)
    WHERE budget.shard = submit_messages.shards[armed.position]
      AND budget.user_id = submit_messages.user_ids[armed.position] AND cardinality(budget.recent_contents) > 32;
  END IF;

  IF 'duplicate' = ANY (outcomes) THEN
    INSERT INTO orchestrator.agent_actions_log
      (shard, id, agent_type, action_type, user_id, input_data, output_data, created_at)
    SELECT submit_messages.shards[position], orchestrator.uuid_v7(submit_messages.shards[position]),
           'message_orchestrator', 'duplicate', submit_messages.user_ids[position],
           jsonb_build_object('agent_id', submit_messages.agent_ids[position]),
           jsonb_build_object('reason', 'duplicate', 'duplicate_of', earlier_ids[position]),
           submit_messages.submitted_at
    FROM unnest(outcomes) WITH ORDINALITY AS request (outcome, position)
    WHERE request.outcome = 'duplicate';
  END IF;

  -- The trigger counts what it arms.
  IF armed > 0 OR 'duplicate' = ANY (outcomes) THEN
    INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
    SELECT min(submit_messages.shards[request.position]), date_trunc('minute', submit_messages.submitted_at),
           submit_messages.agent_ids[request.position], submit_messages.priorities[request.position],
           CASE request.outcome WHEN 'duplicate' THEN 'duplicate' ELSE 'scheduled' END::orchestrator.message_outcome, '',
           pg_backend_pid(), count(*)
    FROM unnest(outcomes) WITH ORDINALITY AS request (outcome, position)
    WHERE request.outcome = 'duplicate'
       OR request.outcome IN ('stored', 'promoted') AND NOT (has_supersede OR has_sequences)
    GROUP BY 3, 4, 5
    ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
    SET messages = counts.messages + excluded.messages;
  END IF;

  IF num_nonnulls(VARIADIC earlier_ids) > 0 THEN
    FOR found IN
      SELECT request.position::integer, queue
      FROM unnest(submit_messages.shards, earlier_ids) WITH ORDINALITY AS request (shard, earlier_id, position)
      JOIN orchestrator.message_queue AS queue ON queue.shard = request.shard AND queue.id = request.earlier_id
    LOOP
      earlier_rows[found.position] := found.queue;
    END LOOP;
  END IF;

  FOR i IN 1 .. cardinality(user_ids) LOOP
    request := i;
    outcome := outcomes[i];
    earlier := earlier_rows[i];
    users := people[locked_at[i]];
    budget := budgets[locked_at[i]];
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION orchestrator.users_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM orchestrator.user_addresses AS address
  USING deleted CROSS JOIN unnest(orchestrator.shards()) AS s (shard)
  WHERE address.shard = s.shard AND address.user_id = deleted.id;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.users_edited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  PERFORM orchestrator.reopen_gates(array_agg(new_row.id), at_once => false)
  FROM after_edit AS new_row JOIN before_edit AS old_row USING (shard, id)
  WHERE (new_row.timezone, new_row.quiet_hours_start, new_row.quiet_hours_end, new_row.quiet_hours_enabled,
         new_row.daily_limit, new_row.hourly_limit, new_row.response_pattern, new_row.opted_out_at)
        IS DISTINCT FROM
        (old_row.timezone, old_row.quiet_hours_start, old_row.quiet_hours_end, old_row.quiet_hours_enabled,
         old_row.daily_limit, old_row.hourly_limit, old_row.response_pattern, old_row.opted_out_at)
  HAVING count(*) > 0;

  -- All messages of a user who opts out are cancelled, also when no attempt is due.
  UPDATE orchestrator.user_message_budget AS budget SET next_attempt_at = '-infinity'
  FROM after_edit AS new_row JOIN before_edit AS old_row USING (shard, id)
  WHERE budget.shard = new_row.shard AND budget.user_id = new_row.id
    AND new_row.opted_out_at IS NOT NULL AND old_row.opted_out_at IS NULL;

  PERFORM orchestrator.wake_deliveries(changed.id)
  FROM (SELECT new_row.id
        FROM after_edit AS new_row JOIN before_edit AS old_row USING (shard, id)
        WHERE (new_row.timezone, new_row.quiet_hours_start, new_row.quiet_hours_end, new_row.quiet_hours_enabled,
               new_row.opted_out_at)
              IS DISTINCT FROM
              (old_row.timezone, old_row.quiet_hours_start, old_row.quiet_hours_end, old_row.quiet_hours_enabled,
               old_row.opted_out_at)
        ORDER BY new_row.id) AS changed;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.users_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  INSERT INTO orchestrator.user_message_budget (shard, user_id)
  SELECT shard, id FROM inserted ORDER BY id ON CONFLICT DO NOTHING;
  PERFORM orchestrator.claim_addresses(array_agg(phone_number), array_agg(id))
  FROM inserted WHERE phone_number IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.users_renumbered() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM orchestrator.user_addresses
  WHERE shard = orchestrator.shard_of(OLD.phone_number) AND address = OLD.phone_number AND user_id = OLD.id;
  PERFORM orchestrator.claim_addresses(ARRAY[NEW.phone_number], ARRAY[NEW.id]) WHERE NEW.phone_number IS NOT NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION orchestrator.users_with_messages() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'orchestrator', 'pg_temp'
    AS $$
BEGIN
  -- Writers of messages hold this lock until they commit.
  PERFORM FROM orchestrator.user_message_budget WHERE shard = OLD.shard AND user_id = OLD.id FOR UPDATE;
  IF EXISTS (SELECT FROM orchestrator.message_queue WHERE shard = OLD.shard AND user_id = OLD.id) THEN
    RAISE EXCEPTION 'user "%" has messages in message_queue', OLD.id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Delete the messages first.';
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION orchestrator.uuid_v7(shard integer) RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(shard), 3, '0') || right(gen_random_uuid()::text, 12))::uuid
$$;

CREATE FUNCTION orchestrator.uuid_v7_at(instant timestamp with time zone, shard integer) RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM instant) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(shard), 3, '0') || right(gen_random_uuid()::text, 12))::uuid
$$;

CREATE FUNCTION orchestrator.uuid_v7_floor(instant timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
  SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

CREATE FUNCTION orchestrator.wake_deliveries(user_id text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE orchestrator.messages AS message SET next_attempt_at = NULL, waiting_for = NULL
  WHERE message.shard = orchestrator.shard_of(wake_deliveries.user_id) AND message.user_id = wake_deliveries.user_id
    AND message.direction = 'outbound' AND message.status = 'pending' AND message.waiting_for = 'quiet_hours';
END $$;

CREATE TABLE orchestrator.agent_actions_log (
    shard smallint NOT NULL,
    id uuid NOT NULL,
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
ALTER TABLE ONLY orchestrator.agent_actions_log ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.minute_counts (
    shard smallint NOT NULL,
    minute timestamp with time zone NOT NULL,
    agent_id text NOT NULL,
    lane orchestrator.message_priority NOT NULL,
    outcome orchestrator.message_outcome NOT NULL,
    reason text NOT NULL,
    slot integer NOT NULL,
    messages bigint NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');
ALTER TABLE ONLY orchestrator.minute_counts ALTER COLUMN shard SET (n_distinct=32);

CREATE VIEW orchestrator.agent_volume AS
 SELECT minute_counts.agent_id,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'scheduled'::orchestrator.message_outcome)), (0)::numeric))::bigint AS scheduled,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'sent'::orchestrator.message_outcome)), (0)::numeric))::bigint AS sent,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'superseded'::orchestrator.message_outcome)), (0)::numeric))::bigint AS superseded,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'cancelled'::orchestrator.message_outcome)), (0)::numeric))::bigint AS cancelled,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'expired'::orchestrator.message_outcome)), (0)::numeric))::bigint AS expired,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'failed'::orchestrator.message_outcome)), (0)::numeric))::bigint AS failed,
    (COALESCE(sum(minute_counts.messages) FILTER (WHERE (minute_counts.outcome = 'duplicate'::orchestrator.message_outcome)), (0)::numeric))::bigint AS duplicates
   FROM orchestrator.minute_counts
  WHERE ((minute_counts.shard = ANY (orchestrator.shards())) AND (minute_counts.minute >= CURRENT_DATE) AND (minute_counts.outcome <> 'deferred'::orchestrator.message_outcome))
  GROUP BY minute_counts.agent_id
  ORDER BY minute_counts.agent_id;

COMMENT ON VIEW orchestrator.agent_volume IS 'What happened to agents'' messages since midnight in the session''s time zone. Each event counts on the day on which it happened, so the columns need not add up.';

COMMENT ON COLUMN orchestrator.agent_volume.agent_id IS 'The agent''s own name.';

COMMENT ON COLUMN orchestrator.agent_volume.scheduled IS 'Messages stored.';

COMMENT ON COLUMN orchestrator.agent_volume.sent IS 'Messages promoted.';

COMMENT ON COLUMN orchestrator.agent_volume.superseded IS 'Replaced by a newer message.';

COMMENT ON COLUMN orchestrator.agent_volume.cancelled IS 'Cancelled by the agent, or because the user opted out.';

COMMENT ON COLUMN orchestrator.agent_volume.expired IS 'Not sent before expires_at.';

COMMENT ON COLUMN orchestrator.agent_volume.failed IS 'Without content, or not rendered.';

COMMENT ON COLUMN orchestrator.agent_volume.duplicates IS 'Refused as repetitions; not among the scheduled.';

CREATE TABLE orchestrator.llm_work (
    shard smallint NOT NULL,
    message_id uuid NOT NULL,
    user_id text NOT NULL,
    priority orchestrator.message_priority NOT NULL,
    question orchestrator.llm_question,
    due_at timestamp with time zone,
    token uuid,
    attempts integer DEFAULT 0 NOT NULL,
    context_as_of timestamp with time zone,
    context_checks integer DEFAULT 0 NOT NULL,
    CONSTRAINT llm_work_check CHECK (
CASE
    WHEN (question IS NULL) THEN (num_nonnulls(due_at, token) = 0)
    ELSE (due_at IS NOT NULL)
END)
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');
ALTER TABLE ONLY orchestrator.llm_work ALTER COLUMN shard SET (n_distinct=32);

CREATE VIEW orchestrator.awaiting_render AS
 SELECT work.message_id,
    work.user_id,
    queue.agent_id,
    work.priority AS lane,
    work.question,
    work.attempts,
    (work.token IS NOT NULL) AS being_asked,
    work.due_at
   FROM (orchestrator.llm_work work
     JOIN orchestrator.message_queue queue ON (((queue.shard = work.shard) AND (queue.id = work.message_id))))
  WHERE (work.question IS NOT NULL)
  ORDER BY work.due_at;

COMMENT ON VIEW orchestrator.awaiting_render IS 'Messages that the LLM is asked about; other messages of their users are sent meanwhile.';

COMMENT ON COLUMN orchestrator.awaiting_render.message_id IS 'message_queue.id';

COMMENT ON COLUMN orchestrator.awaiting_render.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.awaiting_render.agent_id IS 'The agent that scheduled it.';

COMMENT ON COLUMN orchestrator.awaiting_render.lane IS 'Its lane.';

COMMENT ON COLUMN orchestrator.awaiting_render.question IS 'relevance: is it still relevant? rendering: what is its text?';

COMMENT ON COLUMN orchestrator.awaiting_render.attempts IS 'Calls so far.';

COMMENT ON COLUMN orchestrator.awaiting_render.being_asked IS 'A call is in progress.';

COMMENT ON COLUMN orchestrator.awaiting_render.due_at IS 'When the LLM is asked next; of a call in progress, when it is given up.';

CREATE VIEW orchestrator.blocked_users AS
 SELECT budget.user_id,
    budget.blocked_by,
    budget.blocked_until,
    queue.waiting,
    budget.next_attempt_at
   FROM (orchestrator.user_message_budget budget
     CROSS JOIN LATERAL ( SELECT count(*) AS waiting
           FROM orchestrator.message_queue queue_1
          WHERE ((queue_1.shard = budget.shard) AND (queue_1.user_id = budget.user_id) AND (queue_1.status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND queue_1.ready)) queue)
  WHERE ((budget.next_attempt_at IS NOT NULL) AND (budget.blocked_until > now()));

COMMENT ON VIEW orchestrator.blocked_users IS 'Users all of whose messages a rule blocks.';

COMMENT ON COLUMN orchestrator.blocked_users.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.blocked_users.blocked_by IS 'The rule, as in the API: quiet_hours, cooldown, …';

COMMENT ON COLUMN orchestrator.blocked_users.blocked_until IS 'When the rule passes by itself; an inbound message or an edit of the user may end the block sooner.';

COMMENT ON COLUMN orchestrator.blocked_users.waiting IS 'Waiting messages, due or not.';

COMMENT ON COLUMN orchestrator.blocked_users.next_attempt_at IS 'When the user is evaluated next.';

CREATE VIEW orchestrator.blocked_by_reason AS
 SELECT blocked_users.blocked_by,
    count(*) AS users,
    (sum(blocked_users.waiting))::bigint AS waiting,
    min(blocked_users.blocked_until) AS first_opens_at,
    max(blocked_users.blocked_until) AS last_opens_at
   FROM orchestrator.blocked_users
  GROUP BY blocked_users.blocked_by
  ORDER BY (count(*)) DESC, blocked_users.blocked_by;

COMMENT ON VIEW orchestrator.blocked_by_reason IS 'blocked_users, added up.';

COMMENT ON COLUMN orchestrator.blocked_by_reason.blocked_by IS 'The rule, as in the API.';

COMMENT ON COLUMN orchestrator.blocked_by_reason.users IS 'Users whom it blocks.';

COMMENT ON COLUMN orchestrator.blocked_by_reason.waiting IS 'Their waiting messages.';

COMMENT ON COLUMN orchestrator.blocked_by_reason.first_opens_at IS 'When the rule passes for the first of them.';

COMMENT ON COLUMN orchestrator.blocked_by_reason.last_opens_at IS 'When it passes for all of them.';

CREATE VIEW orchestrator.budget_use AS
 WITH zones AS MATERIALIZED (
         SELECT known.timezone,
            orchestrator.local_date(now(), known.timezone) AS today
           FROM ( SELECT DISTINCT users_1.timezone
                   FROM orchestrator.users users_1) known
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
   FROM ((orchestrator.user_message_budget budget
     JOIN orchestrator.users ON (((users.shard = budget.shard) AND (users.id = budget.user_id))))
     LEFT JOIN zones ON ((zones.timezone = users.timezone)))
  WHERE (budget.date >= (CURRENT_DATE - 1));

COMMENT ON VIEW orchestrator.budget_use IS 'How many messages users were sent on their own calendar day; users without a message since yesterday are missing.';

COMMENT ON COLUMN orchestrator.budget_use.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.budget_use.local_date IS 'The date in the user''s time zone; without a usable zone, that of the last evaluation.';

COMMENT ON COLUMN orchestrator.budget_use.messages_sent IS 'On that date.';

COMMENT ON COLUMN orchestrator.budget_use.daily_limit IS 'In force at the last evaluation; 0: no limit.';

COMMENT ON COLUMN orchestrator.budget_use.share_used IS 'messages_sent / daily_limit; null without a limit.';

COMMENT ON COLUMN orchestrator.budget_use.sent_last_hour IS 'In the last 60 minutes.';

COMMENT ON COLUMN orchestrator.budget_use.hourly_limit IS 'In force at the last evaluation; 0: no limit.';

COMMENT ON COLUMN orchestrator.budget_use.last_message_at IS 'The last outbound message.';

CREATE VIEW orchestrator.deferrals_per_minute AS
 SELECT minute_counts.minute,
    minute_counts.reason,
    (sum(minute_counts.messages))::bigint AS deferrals
   FROM orchestrator.minute_counts
  WHERE ((minute_counts.shard = ANY (orchestrator.shards())) AND (minute_counts.minute >= (date_trunc('minute'::text, now()) - '00:59:00'::interval)) AND (minute_counts.outcome = 'deferred'::orchestrator.message_outcome))
  GROUP BY minute_counts.minute, minute_counts.reason
  ORDER BY minute_counts.minute, minute_counts.reason;

COMMENT ON VIEW orchestrator.deferrals_per_minute IS 'Evaluations of a user that deferred the first message of the queue, in the last 60 minutes; a minute without any is missing.';

COMMENT ON COLUMN orchestrator.deferrals_per_minute.minute IS 'Its beginning; the last one is not over yet.';

COMMENT ON COLUMN orchestrator.deferrals_per_minute.reason IS 'The rule that blocked it, as in the API: quiet_hours, cooldown, …';

COMMENT ON COLUMN orchestrator.deferrals_per_minute.deferrals IS 'Evaluations, not messages: a blocked user is evaluated once.';

CREATE TABLE orchestrator.earlier_contents (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    user_id text NOT NULL,
    content_hash uuid NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY orchestrator.earlier_contents ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.inbound_contacts (
    shard smallint NOT NULL,
    user_id text NOT NULL,
    contact_id text NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    recent timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    last_message_at timestamp with time zone,
    next_turn_at timestamp with time zone,
    turn_id uuid,
    token uuid,
    turn_place integer
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');
ALTER TABLE ONLY orchestrator.inbound_contacts ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.inbound_counters (
    shard smallint NOT NULL,
    slot smallint NOT NULL,
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
ALTER TABLE ONLY orchestrator.inbound_counters ALTER COLUMN shard SET (n_distinct=32);

CREATE VIEW orchestrator.inbound_lines AS
SELECT
    NULL::text AS user_id,
    NULL::text AS contact_id,
    NULL::bigint AS waiting,
    NULL::timestamp with time zone AS oldest_received_at,
    NULL::uuid AS turn_id,
    NULL::boolean AS in_process,
    NULL::timestamp with time zone AS next_turn_at;

COMMENT ON VIEW orchestrator.inbound_lines IS 'Contacts with a waiting message or an open turn.';

COMMENT ON COLUMN orchestrator.inbound_lines.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.inbound_lines.contact_id IS 'The gateway''s latest name for the user.';

COMMENT ON COLUMN orchestrator.inbound_lines.waiting IS 'Messages that wait for a turn.';

COMMENT ON COLUMN orchestrator.inbound_lines.oldest_received_at IS 'When the first of them arrived.';

COMMENT ON COLUMN orchestrator.inbound_lines.turn_id IS 'The open turn: in process, or to be retried; null: none is open.';

COMMENT ON COLUMN orchestrator.inbound_lines.in_process IS 'An agent has claimed it.';

COMMENT ON COLUMN orchestrator.inbound_lines.next_turn_at IS 'When a turn may be taken; of one in process, the end of its lease.';

CREATE TABLE orchestrator.inbound_queue (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    user_id text NOT NULL,
    contact_id text NOT NULL,
    message_id uuid NOT NULL,
    provider_message_id text,
    content_hash bytea,
    status orchestrator.inbound_status DEFAULT 'waiting'::orchestrator.inbound_status NOT NULL,
    turn_id uuid,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    "position" bigint DEFAULT 0 NOT NULL,
    message_type text DEFAULT 'text'::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    written_at timestamp with time zone
);
ALTER TABLE ONLY orchestrator.inbound_queue ALTER COLUMN shard SET (n_distinct=32);

COMMENT ON COLUMN orchestrator.inbound_queue.message_id IS 'messages.id; of a duplicate, that of the first message';

CREATE TABLE orchestrator.inbound_turns (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    user_id text NOT NULL,
    contact_id text NOT NULL,
    status orchestrator.turn_status DEFAULT 'processing'::orchestrator.turn_status NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    token uuid,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    taken_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    error text,
    reply_hash bytea,
    reply_message_id uuid
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');
ALTER TABLE ONLY orchestrator.inbound_turns ALTER COLUMN shard SET (n_distinct=32);

CREATE VIEW orchestrator.inbound_turns_hourly AS
 SELECT date_trunc('hour'::text, inbound_turns.created_at) AS hour,
    inbound_turns.status,
    count(*) AS turns,
    (avg(inbound_turns.attempt))::numeric(6,2) AS tries,
    avg((inbound_turns.finished_at - inbound_turns.created_at)) AS took
   FROM orchestrator.inbound_turns
  WHERE ((inbound_turns.shard = ANY (orchestrator.shards())) AND (inbound_turns.id >= orchestrator.uuid_v7_floor((now() - '7 days'::interval))))
  GROUP BY (date_trunc('hour'::text, inbound_turns.created_at)), inbound_turns.status;

COMMENT ON VIEW orchestrator.inbound_turns_hourly IS 'The turns of the last 7 days.';

COMMENT ON COLUMN orchestrator.inbound_turns_hourly.hour IS 'In which they were first taken.';

COMMENT ON COLUMN orchestrator.inbound_turns_hourly.status IS 'processing, retrying, done, failed or flushed.';

COMMENT ON COLUMN orchestrator.inbound_turns_hourly.turns IS 'How many.';

COMMENT ON COLUMN orchestrator.inbound_turns_hourly.tries IS 'Attempts on average; 1.00: the first succeeded.';

COMMENT ON COLUMN orchestrator.inbound_turns_hourly.took IS 'From the first claim to the end, on average.';

CREATE VIEW orchestrator.incomplete_sequences AS
 SELECT part.user_id,
    part.sequence_id,
    count(*) AS parts_present,
    max(part.sequence_total) AS parts_total,
    min(part.created_at) AS first_seen
   FROM orchestrator.message_queue part
  WHERE ((part.status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND (NOT part.ready) AND (part.sequence_id IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM orchestrator.message_queue first
          WHERE ((first.shard = part.shard) AND (first.user_id = part.user_id) AND (first.sequence_id = part.sequence_id) AND (first.sequence_position = 1) AND (first.status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND (first.ready OR (EXISTS ( SELECT
                   FROM orchestrator.llm_work work
                  WHERE ((work.shard = first.shard) AND (work.message_id = first.id) AND (work.question IS NOT NULL))))))))))
  GROUP BY part.user_id, part.sequence_id
  ORDER BY (min(part.created_at));

COMMENT ON VIEW orchestrator.incomplete_sequences IS 'Sequences that wait for missing parts.';

COMMENT ON COLUMN orchestrator.incomplete_sequences.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.incomplete_sequences.sequence_id IS 'message_queue.sequence_id';

COMMENT ON COLUMN orchestrator.incomplete_sequences.parts_present IS 'Waiting parts.';

COMMENT ON COLUMN orchestrator.incomplete_sequences.parts_total IS 'Parts of the complete sequence.';

COMMENT ON COLUMN orchestrator.incomplete_sequences.first_seen IS 'created_at of the oldest part.';

CREATE VIEW orchestrator.llm_use_per_day AS
 SELECT (agent_actions_log.created_at)::date AS day,
    COALESCE(agent_actions_log.model_used, 'none'::text) AS model,
    agent_actions_log.action_type AS outcome,
    count(*) AS calls,
    COALESCE(sum(agent_actions_log.input_tokens), (0)::bigint) AS input_tokens,
    COALESCE(sum(agent_actions_log.output_tokens), (0)::bigint) AS output_tokens,
    COALESCE(sum(agent_actions_log.cost_usd), (0)::numeric) AS cost_usd,
    percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY ((agent_actions_log.latency_ms)::double precision)) AS p95_latency_ms
   FROM orchestrator.agent_actions_log
  WHERE ((agent_actions_log.shard = ANY (orchestrator.shards())) AND (agent_actions_log.id >= orchestrator.uuid_v7_floor((now() - '30 days 00:01:00'::interval))) AND (agent_actions_log.agent_type = 'message_orchestrator'::text) AND (agent_actions_log.latency_ms IS NOT NULL))
  GROUP BY ((agent_actions_log.created_at)::date), COALESCE(agent_actions_log.model_used, 'none'::text), agent_actions_log.action_type
  ORDER BY ((agent_actions_log.created_at)::date) DESC, COALESCE(agent_actions_log.model_used, 'none'::text), agent_actions_log.action_type;

COMMENT ON VIEW orchestrator.llm_use_per_day IS 'Calls of the LLM in the last 30 days, by day in the session''s time zone.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.day IS 'The calendar date.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.model IS 'The API''s name of it; none: no answer arrived.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.outcome IS 'rendered, relevance (was judged), or error.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.calls IS 'Messages that the LLM was asked about; a text that had to be shortened counts once.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.input_tokens IS 'As billed.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.output_tokens IS 'As billed.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.cost_usd IS 'At list prices; 0 for a model without a known price.';

COMMENT ON COLUMN orchestrator.llm_use_per_day.p95_latency_ms IS '95 % of them took at most this long.';

CREATE TABLE orchestrator.messages (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    user_id text NOT NULL,
    conversation_id text,
    direction orchestrator.message_direction NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    status orchestrator.message_status DEFAULT 'pending'::orchestrator.message_status NOT NULL,
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
    purpose orchestrator.message_purpose,
    attempted_at timestamp with time zone,
    next_attempt_at timestamp with time zone,
    waiting_for orchestrator.delivery_wait,
    look_ups integer DEFAULT 0 NOT NULL,
    resent boolean DEFAULT false NOT NULL
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_insert_scale_factor='0.05');
ALTER TABLE ONLY orchestrator.messages ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.orchestrator_settings (
    name text NOT NULL,
    value text NOT NULL
);

CREATE VIEW orchestrator.promotions_per_minute AS
 SELECT minute_counts.minute,
    minute_counts.lane,
    (sum(minute_counts.messages))::bigint AS promotions
   FROM orchestrator.minute_counts
  WHERE ((minute_counts.shard = ANY (orchestrator.shards())) AND (minute_counts.minute >= (date_trunc('minute'::text, now()) - '00:59:00'::interval)) AND (minute_counts.outcome = 'sent'::orchestrator.message_outcome))
  GROUP BY minute_counts.minute, minute_counts.lane
  ORDER BY minute_counts.minute, minute_counts.lane;

COMMENT ON VIEW orchestrator.promotions_per_minute IS 'Messages promoted in the last 60 minutes; a minute without any is missing.';

COMMENT ON COLUMN orchestrator.promotions_per_minute.minute IS 'Its beginning; the last one is not over yet.';

COMMENT ON COLUMN orchestrator.promotions_per_minute.lane IS 'The lane of the messages.';

COMMENT ON COLUMN orchestrator.promotions_per_minute.promotions IS 'Messages.';

CREATE VIEW orchestrator.queue_depth AS
 SELECT lane.lane,
    COALESCE(queue.waiting, (0)::bigint) AS waiting,
    COALESCE(queue.due, (0)::bigint) AS due,
    queue.oldest_waiting_since,
    (now() - queue.oldest_waiting_since) AS oldest_due_age,
    COALESCE(EXTRACT(epoch FROM (now() - queue.oldest_waiting_since)), (0)::numeric) AS oldest_due_seconds
   FROM (unnest(enum_range(NULL::orchestrator.message_priority)) lane(lane)
     LEFT JOIN ( SELECT waiting.priority AS lane,
            count(*) AS waiting,
            count(*) FILTER (WHERE (waiting.scheduled_for <= now())) AS due,
            min(waiting.scheduled_for) FILTER (WHERE ((waiting.scheduled_for <= now()) AND isfinite(waiting.scheduled_for))) AS oldest_waiting_since
           FROM ( SELECT message_queue.priority,
                    message_queue.scheduled_for
                   FROM orchestrator.message_queue
                  WHERE ((message_queue.status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND message_queue.ready)
                UNION ALL
                 SELECT asked.priority,
                    asked.scheduled_for
                   FROM (orchestrator.llm_work work
                     CROSS JOIN LATERAL ( SELECT message_queue.priority,
                            message_queue.scheduled_for
                           FROM orchestrator.message_queue
                          WHERE ((message_queue.shard = work.shard) AND (message_queue.id = work.message_id))
                         LIMIT 1) asked)
                  WHERE (work.question IS NOT NULL)) waiting
          GROUP BY waiting.priority) queue USING (lane))
  ORDER BY lane.lane;

COMMENT ON VIEW orchestrator.queue_depth IS 'Waiting messages by lane; a sequence counts as one.';

COMMENT ON COLUMN orchestrator.queue_depth.lane IS 'In the order in which lanes are served.';

COMMENT ON COLUMN orchestrator.queue_depth.waiting IS 'Waiting messages, due or not, blocked or not.';

COMMENT ON COLUMN orchestrator.queue_depth.due IS 'Of these, messages whose scheduled_for has passed.';

COMMENT ON COLUMN orchestrator.queue_depth.oldest_waiting_since IS 'scheduled_for of the longest due message; null: none is due.';

COMMENT ON COLUMN orchestrator.queue_depth.oldest_due_age IS 'How long that message has been due.';

COMMENT ON COLUMN orchestrator.queue_depth.oldest_due_seconds IS 'The same in seconds; 0: none is due.';

CREATE TABLE orchestrator.reformulation_requests (
    shard smallint NOT NULL,
    id uuid NOT NULL,
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
ALTER TABLE ONLY orchestrator.reformulation_requests ALTER COLUMN shard SET (n_distinct=32);

CREATE TABLE orchestrator.schema_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW orchestrator.stuck_messages AS
 SELECT due.id AS message_id,
    due.user_id,
    queue.agent_id,
    due.priority AS lane,
    due.scheduled_for,
        CASE
            WHEN isfinite(due.scheduled_for) THEN (now() - due.scheduled_for)
            ELSE NULL::interval
        END AS due_for,
    budget.next_attempt_at
   FROM ((orchestrator.user_message_budget budget
     JOIN orchestrator.message_queue due ON (((due.shard = budget.shard) AND (due.user_id = budget.user_id) AND (due.status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND due.ready AND (due.scheduled_for < (now() - '00:05:00'::interval)))))
     JOIN orchestrator.message_queue queue ON (((queue.shard = due.shard) AND (queue.id = due.id))))
  WHERE ((budget.next_attempt_at IS NULL) OR (budget.next_attempt_at < (now() - '00:05:00'::interval)));

COMMENT ON VIEW orchestrator.stuck_messages IS 'Messages due for more than 5 minutes although no rule blocks them. Empty unless no pass runs: page on it.';

COMMENT ON COLUMN orchestrator.stuck_messages.message_id IS 'message_queue.id';

COMMENT ON COLUMN orchestrator.stuck_messages.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.stuck_messages.agent_id IS 'The agent that scheduled it.';

COMMENT ON COLUMN orchestrator.stuck_messages.lane IS 'Its lane.';

COMMENT ON COLUMN orchestrator.stuck_messages.scheduled_for IS 'When it became due.';

COMMENT ON COLUMN orchestrator.stuck_messages.due_for IS 'How long ago that was.';

COMMENT ON COLUMN orchestrator.stuck_messages.next_attempt_at IS 'When the user should have been evaluated; null: the attempt was lost; -infinity: by the next pass.';

CREATE VIEW orchestrator.todays_duplicates AS
 SELECT log.user_id,
    ((log.output_data ->> 'duplicate_of'::text))::uuid AS duplicate_of,
    (log.input_data ->> 'agent_id'::text) AS agent_id,
    log.created_at AS refused_at
   FROM orchestrator.agent_actions_log log
  WHERE ((log.action_type = 'duplicate'::text) AND (log.agent_type = 'message_orchestrator'::text) AND (log.shard = ANY (orchestrator.shards())) AND (log.id >= orchestrator.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (log.created_at >= CURRENT_DATE));

COMMENT ON VIEW orchestrator.todays_duplicates IS 'Requests that repeated a message and were not stored, since midnight in the session''s time zone.';

COMMENT ON COLUMN orchestrator.todays_duplicates.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.todays_duplicates.duplicate_of IS 'message_queue.id of the first message.';

COMMENT ON COLUMN orchestrator.todays_duplicates.agent_id IS 'The agent that repeated it.';

COMMENT ON COLUMN orchestrator.todays_duplicates.refused_at IS 'When it was repeated.';

CREATE VIEW orchestrator.todays_superseded AS
 SELECT log.user_id,
    ((log.input_data ->> 'message_id'::text))::uuid AS message_id,
    queue.agent_id,
    ((log.output_data ->> 'superseded_by'::text))::uuid AS superseded_by,
    log.created_at AS superseded_at
   FROM (orchestrator.agent_actions_log log
     LEFT JOIN orchestrator.message_queue queue ON (((queue.shard = log.shard) AND (queue.id = ((log.input_data ->> 'message_id'::text))::uuid) AND (queue.user_id = log.user_id))))
  WHERE ((log.action_type = 'superseded'::text) AND (log.agent_type = 'message_orchestrator'::text) AND (log.shard = ANY (orchestrator.shards())) AND (log.id >= orchestrator.uuid_v7_floor(((CURRENT_DATE)::timestamp with time zone - '00:01:00'::interval))) AND (log.created_at >= CURRENT_DATE));

COMMENT ON VIEW orchestrator.todays_superseded IS 'Messages that a newer one with the same supersede_key replaced since midnight in the session''s time zone.';

COMMENT ON COLUMN orchestrator.todays_superseded.user_id IS 'users.id';

COMMENT ON COLUMN orchestrator.todays_superseded.message_id IS 'message_queue.id of the replaced message.';

COMMENT ON COLUMN orchestrator.todays_superseded.agent_id IS 'The agent that scheduled it; null when the row has been deleted.';

COMMENT ON COLUMN orchestrator.todays_superseded.superseded_by IS 'message_queue.id of the newer message.';

COMMENT ON COLUMN orchestrator.todays_superseded.superseded_at IS 'When it was replaced.';

CREATE TABLE orchestrator.user_addresses (
    shard smallint NOT NULL,
    address text NOT NULL,
    user_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE ONLY orchestrator.user_addresses ALTER COLUMN shard SET (n_distinct=32);

CREATE VIEW orchestrator.wait_time_by_lane AS
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
           FROM (orchestrator.messages message
             JOIN orchestrator.message_queue queue ON (((queue.shard = message.shard) AND (queue.id = message.queue_id) AND (queue.user_id = message.user_id))))
          WHERE ((message.shard = ANY (orchestrator.shards())) AND (message.id >= orchestrator.uuid_v7_floor((now() - '24:01:00'::interval))) AND (message.direction = 'outbound'::orchestrator.message_direction) AND (queue.status = 'sent'::orchestrator.queue_status) AND (queue.sent_at > (now() - '24:00:00'::interval)) AND isfinite(GREATEST(queue.created_at, queue.scheduled_for)))) sent
  GROUP BY sent.lane
  ORDER BY sent.lane;

COMMENT ON VIEW orchestrator.wait_time_by_lane IS 'How long the messages of the last 24 hours waited: from the later of created_at and scheduled_for until their promotion.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.lane IS 'In the order in which lanes are served; a lane without promotions is missing.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.sent IS 'Messages promoted in the last 24 hours.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.p50 IS 'Half of them waited at most this long.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.p95 IS '95 % of them waited at most this long.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.p99 IS '99 % of them waited at most this long.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.p50_seconds IS 'p50 in seconds.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.p95_seconds IS 'p95 in seconds.';

COMMENT ON COLUMN orchestrator.wait_time_by_lane.p99_seconds IS 'p99 in seconds.';

ALTER TABLE ONLY orchestrator.agent_actions_log
    ADD CONSTRAINT agent_actions_log_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.earlier_contents
    ADD CONSTRAINT earlier_contents_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.inbound_contacts
    ADD CONSTRAINT inbound_contacts_pkey PRIMARY KEY (shard, user_id);

ALTER TABLE ONLY orchestrator.inbound_counters
    ADD CONSTRAINT inbound_counters_pkey PRIMARY KEY (shard, slot);

ALTER TABLE ONLY orchestrator.inbound_queue
    ADD CONSTRAINT inbound_queue_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.inbound_turns
    ADD CONSTRAINT inbound_turns_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.llm_work
    ADD CONSTRAINT llm_work_pkey PRIMARY KEY (shard, message_id);

ALTER TABLE ONLY orchestrator.message_queue
    ADD CONSTRAINT message_queue_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.minute_counts
    ADD CONSTRAINT minute_counts_pkey PRIMARY KEY (shard, minute, agent_id, lane, outcome, reason, slot);

ALTER TABLE ONLY orchestrator.orchestrator_settings
    ADD CONSTRAINT orchestrator_settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY orchestrator.reformulation_requests
    ADD CONSTRAINT reformulation_requests_pkey PRIMARY KEY (shard, id);

ALTER TABLE ONLY orchestrator.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY orchestrator.user_addresses
    ADD CONSTRAINT user_addresses_pkey PRIMARY KEY (shard, address);

ALTER TABLE ONLY orchestrator.user_message_budget
    ADD CONSTRAINT user_message_budget_pkey PRIMARY KEY (shard, user_id);

ALTER TABLE ONLY orchestrator.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (shard, id);

CREATE INDEX agent_actions_log_ended ON orchestrator.agent_actions_log USING btree (shard, action_type, id) WHERE (action_type = ANY (ARRAY['superseded'::text, 'cancelled'::text, 'expired'::text, 'failed'::text, 'duplicate'::text]));

CREATE INDEX agent_actions_log_user ON orchestrator.agent_actions_log USING btree (shard, user_id, id);

CREATE INDEX earlier_contents_user ON orchestrator.earlier_contents USING btree (shard, user_id, content_hash, created_at);

CREATE INDEX inbound_contacts_due ON orchestrator.inbound_contacts USING btree (shard, next_turn_at) WHERE (next_turn_at IS NOT NULL);

CREATE INDEX inbound_contacts_in_process ON orchestrator.inbound_contacts USING btree (shard, next_turn_at) WHERE (token IS NOT NULL);

CREATE INDEX inbound_queue_content ON orchestrator.inbound_queue USING btree (shard, user_id, content_hash, received_at) WHERE ((content_hash IS NOT NULL) AND (status <> 'duplicate'::orchestrator.inbound_status));

CREATE UNIQUE INDEX inbound_queue_provider ON orchestrator.inbound_queue USING btree (shard, user_id, provider_message_id) WHERE ((provider_message_id IS NOT NULL) AND (status <> 'duplicate'::orchestrator.inbound_status));

CREATE INDEX inbound_queue_turn ON orchestrator.inbound_queue USING btree (shard, turn_id, "position") WHERE (turn_id IS NOT NULL);

CREATE INDEX inbound_queue_waiting ON orchestrator.inbound_queue USING btree (shard, user_id, "position") WHERE (status = 'waiting'::orchestrator.inbound_status);

CREATE INDEX inbound_turns_replies ON orchestrator.inbound_turns USING btree (shard, user_id, finished_at) WHERE (reply_hash IS NOT NULL);

CREATE INDEX llm_work_due ON orchestrator.llm_work USING btree (shard, due_at) WHERE (question IS NOT NULL);

CREATE INDEX llm_work_express ON orchestrator.llm_work USING btree (shard, due_at) WHERE ((question IS NOT NULL) AND (priority <= 'high'::orchestrator.message_priority));

CREATE INDEX llm_work_user ON orchestrator.llm_work USING btree (shard, user_id, priority) WHERE (question IS NOT NULL);

CREATE INDEX message_queue_expiry ON orchestrator.message_queue USING btree (shard, expires_at) WHERE ((status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND (expires_at IS NOT NULL));

CREATE INDEX message_queue_head ON orchestrator.message_queue USING btree (shard, user_id, priority, can_delay, scheduled_for, id) WHERE ((status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND ready);

CREATE UNIQUE INDEX message_queue_idempotency ON orchestrator.message_queue USING btree (shard, user_id, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX message_queue_not_ready ON orchestrator.message_queue USING btree (shard, user_id, sequence_id) WHERE ((status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND (NOT ready));

CREATE UNIQUE INDEX message_queue_sequence ON orchestrator.message_queue USING btree (shard, user_id, sequence_id, sequence_position) WHERE (sequence_id IS NOT NULL);

CREATE INDEX message_queue_supersede ON orchestrator.message_queue USING btree (shard, user_id, supersede_key) WHERE ((status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND (supersede_key IS NOT NULL));

CREATE INDEX messages_in_flight ON orchestrator.messages USING btree (shard, user_id) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'sending'::orchestrator.message_status));

CREATE INDEX messages_line ON orchestrator.messages USING btree (shard, user_id, created_at, id) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'pending'::orchestrator.message_status));

CREATE INDEX messages_pending ON orchestrator.messages USING btree (shard, created_at, id) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'pending'::orchestrator.message_status) AND (next_attempt_at IS NULL));

CREATE INDEX messages_provider ON orchestrator.messages USING btree (shard, provider_message_id) WHERE (provider_message_id IS NOT NULL);

CREATE INDEX messages_replies ON orchestrator.messages USING btree (shard, created_at, id) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'pending'::orchestrator.message_status) AND (purpose IS NOT NULL));

CREATE INDEX messages_said ON orchestrator.messages USING btree (shard, user_id, created_at) WHERE (direction = 'inbound'::orchestrator.message_direction);

CREATE INDEX messages_sending ON orchestrator.messages USING btree (shard, lease_until) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'sending'::orchestrator.message_status) AND (lease_until IS NOT NULL));

CREATE INDEX messages_unsettled ON orchestrator.messages USING btree (shard, next_attempt_at) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'unknown'::orchestrator.message_status) AND (next_attempt_at IS NOT NULL));

CREATE INDEX messages_waiting ON orchestrator.messages USING btree (shard, next_attempt_at) WHERE ((direction = 'outbound'::orchestrator.message_direction) AND (status = 'pending'::orchestrator.message_status) AND (next_attempt_at IS NOT NULL));

CREATE INDEX reformulation_requests_open ON orchestrator.reformulation_requests USING btree (shard, id) WHERE (done_at IS NULL);

CREATE INDEX user_addresses_user ON orchestrator.user_addresses USING btree (shard, user_id);

CREATE INDEX user_message_budget_due ON orchestrator.user_message_budget USING btree (shard, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX user_message_budget_express ON orchestrator.user_message_budget USING btree (shard, next_attempt_at) WHERE ((next_attempt_at IS NOT NULL) AND express);

CREATE OR REPLACE VIEW orchestrator.inbound_lines AS
 SELECT contact.user_id,
    contact.contact_id,
    count(waiting.id) AS waiting,
    min(waiting.received_at) AS oldest_received_at,
    contact.turn_id,
    (contact.token IS NOT NULL) AS in_process,
    contact.next_turn_at
   FROM (orchestrator.inbound_contacts contact
     LEFT JOIN orchestrator.inbound_queue waiting ON (((waiting.shard = contact.shard) AND (waiting.user_id = contact.user_id) AND (waiting.status = 'waiting'::orchestrator.inbound_status))))
  WHERE (contact.next_turn_at IS NOT NULL)
  GROUP BY contact.shard, contact.user_id;

CREATE TRIGGER agent_actions_log_shard BEFORE INSERT ON orchestrator.agent_actions_log FOR EACH ROW WHEN (((new.shard IS NULL) OR (new.id IS NULL))) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE TRIGGER inbound_contacts_shard BEFORE INSERT ON orchestrator.inbound_contacts FOR EACH ROW WHEN ((new.shard IS NULL)) EXECUTE FUNCTION orchestrator.set_shard();

CREATE TRIGGER inbound_queue_shard BEFORE INSERT ON orchestrator.inbound_queue FOR EACH ROW WHEN (((new.shard IS NULL) OR (new.id IS NULL))) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE TRIGGER inbound_turns_shard BEFORE INSERT ON orchestrator.inbound_turns FOR EACH ROW WHEN (((new.shard IS NULL) OR (new.id IS NULL))) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE TRIGGER llm_work_answered AFTER UPDATE OF question ON orchestrator.llm_work FOR EACH ROW WHEN (((old.question IS NOT NULL) AND (new.question IS NULL))) EXECUTE FUNCTION orchestrator.llm_work_finished();

CREATE TRIGGER llm_work_deleted AFTER DELETE ON orchestrator.llm_work FOR EACH ROW WHEN ((old.question IS NOT NULL)) EXECUTE FUNCTION orchestrator.llm_work_finished();

CREATE TRIGGER llm_work_shard BEFORE INSERT ON orchestrator.llm_work FOR EACH ROW WHEN ((new.shard IS NULL)) EXECUTE FUNCTION orchestrator.set_shard();

CREATE TRIGGER message_queue_changed AFTER UPDATE OF user_id, sequence_id, sequence_position, sequence_total ON orchestrator.message_queue FOR EACH ROW WHEN (((((new.user_id IS DISTINCT FROM old.user_id) OR (new.sequence_id IS DISTINCT FROM old.sequence_id)) OR (new.sequence_position IS DISTINCT FROM old.sequence_position)) OR (new.sequence_total IS DISTINCT FROM old.sequence_total))) EXECUTE FUNCTION orchestrator.message_queue_changed();

CREATE TRIGGER message_queue_deleted AFTER DELETE ON orchestrator.message_queue FOR EACH ROW WHEN (((old.status = 'approved'::orchestrator.queue_status) OR ((old.status = 'queued'::orchestrator.queue_status) AND (NOT old.ready)))) EXECUTE FUNCTION orchestrator.message_queue_left_llm();

CREATE TRIGGER message_queue_edited AFTER UPDATE OF user_id, priority, status, scheduled_for, can_delay, sequence_id, sequence_position, sequence_total ON orchestrator.message_queue FOR EACH ROW WHEN (((new.status = ANY (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])) AND ((((((((old.status IS DISTINCT FROM new.status) OR (old.scheduled_for IS DISTINCT FROM new.scheduled_for)) OR (old.priority IS DISTINCT FROM new.priority)) OR (old.user_id IS DISTINCT FROM new.user_id)) OR (old.can_delay IS DISTINCT FROM new.can_delay)) OR (old.sequence_id IS DISTINCT FROM new.sequence_id)) OR (old.sequence_position IS DISTINCT FROM new.sequence_position)) OR (old.sequence_total IS DISTINCT FROM new.sequence_total)))) EXECUTE FUNCTION orchestrator.message_queue_edited();

CREATE TRIGGER message_queue_inserted AFTER INSERT ON orchestrator.message_queue REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT WHEN ((current_setting('orchestrator.is_armed'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION orchestrator.message_queue_inserted();

CREATE TRIGGER message_queue_left_llm AFTER UPDATE OF status ON orchestrator.message_queue FOR EACH ROW WHEN ((((old.status = 'approved'::orchestrator.queue_status) OR ((old.status = 'queued'::orchestrator.queue_status) AND (NOT old.ready))) AND (new.status <> ALL (ARRAY['queued'::orchestrator.queue_status, 'approved'::orchestrator.queue_status])))) EXECUTE FUNCTION orchestrator.message_queue_left_llm();

CREATE TRIGGER message_queue_moved AFTER UPDATE OF user_id ON orchestrator.message_queue FOR EACH ROW WHEN ((new.user_id <> old.user_id)) EXECUTE FUNCTION orchestrator.row_moved();

CREATE TRIGGER message_queue_sent AFTER UPDATE OF status ON orchestrator.message_queue FOR EACH ROW WHEN (((old.status = 'sent'::orchestrator.queue_status) AND (new.status <> 'sent'::orchestrator.queue_status))) EXECUTE FUNCTION orchestrator.message_queue_sent();

CREATE TRIGGER message_queue_shard BEFORE INSERT ON orchestrator.message_queue FOR EACH ROW WHEN (((new.shard IS NULL) OR (new.id IS NULL))) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE TRIGGER message_queue_truncated AFTER TRUNCATE ON orchestrator.message_queue FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.message_queue_truncated();

CREATE TRIGGER messages_inbound AFTER INSERT ON orchestrator.messages FOR EACH ROW WHEN ((new.direction = 'inbound'::orchestrator.message_direction)) EXECUTE FUNCTION orchestrator.messages_inbound();

CREATE TRIGGER messages_moved AFTER UPDATE OF user_id ON orchestrator.messages FOR EACH ROW WHEN ((new.user_id <> old.user_id)) EXECUTE FUNCTION orchestrator.row_moved();

CREATE TRIGGER messages_shard BEFORE INSERT ON orchestrator.messages FOR EACH ROW WHEN (((new.shard IS NULL) OR (new.id IS NULL))) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE TRIGGER reformulation_requests_shard BEFORE INSERT ON orchestrator.reformulation_requests FOR EACH ROW WHEN (((new.shard IS NULL) OR (new.id IS NULL))) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE TRIGGER user_addresses_shard BEFORE INSERT ON orchestrator.user_addresses FOR EACH ROW WHEN ((new.shard IS NULL)) EXECUTE FUNCTION orchestrator.set_shard_of_address();

CREATE TRIGGER user_message_budget_shard BEFORE INSERT ON orchestrator.user_message_budget FOR EACH ROW WHEN ((new.shard IS NULL)) EXECUTE FUNCTION orchestrator.set_shard();

CREATE TRIGGER users_deleted AFTER DELETE ON orchestrator.users REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.users_deleted();

CREATE TRIGGER users_edited AFTER UPDATE ON orchestrator.users REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.users_edited();

CREATE TRIGGER users_inserted AFTER INSERT ON orchestrator.users REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.users_inserted();

CREATE TRIGGER users_renumbered AFTER UPDATE OF phone_number ON orchestrator.users FOR EACH ROW WHEN ((new.phone_number IS DISTINCT FROM old.phone_number)) EXECUTE FUNCTION orchestrator.users_renumbered();

CREATE TRIGGER users_shard BEFORE INSERT ON orchestrator.users FOR EACH ROW EXECUTE FUNCTION orchestrator.set_shard_of_user();

CREATE TRIGGER users_with_messages BEFORE DELETE ON orchestrator.users FOR EACH ROW EXECUTE FUNCTION orchestrator.users_with_messages();

ALTER TABLE ONLY orchestrator.earlier_contents
    ADD CONSTRAINT earlier_contents_shard_user_id_fkey FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users(shard, id) ON DELETE CASCADE;

ALTER TABLE ONLY orchestrator.inbound_contacts
    ADD CONSTRAINT inbound_contacts_shard_user_id_fkey FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users(shard, id) ON DELETE CASCADE;

ALTER TABLE ONLY orchestrator.inbound_queue
    ADD CONSTRAINT inbound_queue_shard_user_id_fkey FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users(shard, id);

ALTER TABLE ONLY orchestrator.inbound_turns
    ADD CONSTRAINT inbound_turns_shard_user_id_fkey FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users(shard, id) ON DELETE CASCADE;

ALTER TABLE ONLY orchestrator.reformulation_requests
    ADD CONSTRAINT reformulation_requests_shard_user_id_fkey FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users(shard, id) ON DELETE CASCADE;

ALTER TABLE ONLY orchestrator.user_message_budget
    ADD CONSTRAINT user_message_budget_shard_user_id_fkey FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users(shard, id) ON DELETE CASCADE;

REVOKE ALL ON FUNCTION orchestrator.arm_users(user_ids text[], due timestamp with time zone[], express boolean[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.check_message(shard smallint, user_id text, sequence_id text, sequence_position integer, sequence_total integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.claim_addresses(addresses text[], user_ids text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.claim_turns(turn_limit integer, max_in_process integer, max_batch integer, only_shard_of text, ends_expired boolean, claimed_at timestamp with time zone, lease_until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.counter_slot() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.create_user_of_address(address text, phone_number text) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.drop_oldest_messages(user_id text, contact_id text, kept integer, dropped_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.llm_work_finished() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.local_date(instant timestamp with time zone, zone text) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.logical_shards() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_queue_changed() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_queue_edited() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_queue_inserted() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_queue_left_llm() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_queue_sent() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_queue_truncated() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.message_text(final_message text, message_data jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.messages_inbound() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.micros(instant timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.next_turn_at(instant timestamp with time zone, waiting bigint, oldest timestamp with time zone, newest timestamp with time zone, recent timestamp with time zone[], max_batch integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.promote_submitted(shards smallint[], queue_ids uuid[], promotions orchestrator.immediate_promotion[], promoted_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.receive_messages(user_ids text[], contact_ids text[], message_ids uuid[], queue_ids uuid[], texts text[], provider_ids text[], content_hashes text[], consents text[], message_types text[], metadata text[], written_at timestamp with time zone[], duplicates_since timestamp with time zone, max_waiting integer, max_batch integer, received_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.refresh_sequences(user_ids text[], sequence_ids text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.reopen_gates(user_ids text[], at_once boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.row_moved() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.schedule_message(user_id text, agent_id text, message_data jsonb, priority orchestrator.message_priority, scheduled_for timestamp with time zone, expires_at timestamp with time zone, can_delay boolean, requires_fresh_context boolean, conversation_id text, idempotency_key text, supersede_key text) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.set_shard() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.set_shard_and_id() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.set_shard_of_address() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.set_shard_of_user() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.shard_in(id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.shard_of(user_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.shards() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.shards_from(first integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.shards_in_turn() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.submit_messages(shards smallint[], user_ids text[], idempotency_keys text[], request_hashes uuid[], content_hashes uuid[], checks_content boolean[], same_key_before integer[], same_content_before integer[], agent_ids text[], conversation_ids text[], priorities orchestrator.message_priority[], can_delay boolean[], fresh_context boolean[], scheduled_for timestamp with time zone[], expires_at timestamp with time zone[], supersede_keys text[], part_totals integer[], part_of integer[], part_positions integer[], ids uuid[], message_data text[], may_be_stored boolean, duplicates_since timestamp with time zone, max_waiting integer, submitted_at timestamp with time zone, promotions jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.users_deleted() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.users_edited() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.users_inserted() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.users_renumbered() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.users_with_messages() FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.uuid_v7(shard integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.uuid_v7_at(instant timestamp with time zone, shard integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.uuid_v7_floor(instant timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION orchestrator.wake_deliveries(user_id text) FROM PUBLIC;

