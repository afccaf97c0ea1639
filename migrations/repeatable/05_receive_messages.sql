-- Receives messages that users wrote: one call for the messages of one request, whose users are known. An arrival is an
-- element of the arrays; arrivals of one user count in their order.
--
-- Returns one row for each arrival, users in the order of their ids: `queued`; `duplicate` (of message_id: it has the
-- gateway's id of an earlier one, or the content of a recent one); `opted_out` and `opted_in` (a consent keyword, which
-- no agent sees). `dropped`: how many older messages gave way. `wakes_queue`: scheduled messages wait for the user.
-- `changed_consent`: the keyword had an effect.
--
-- Locks: the contacts, by user id; then the users; then, by a trigger, their rows of user_message_budget; at last a row of
-- inbound_counters. What it reads after a lock is newer than the lock, because the function is VOLATILE: it must run under
-- READ COMMITTED.
CREATE OR REPLACE FUNCTION orchestrator.receive_messages(
  user_ids         text[],
  contact_ids      text[],
  message_ids      uuid[],
  queue_ids        uuid[],
  texts            text[],
  provider_ids     text[],
  content_hashes   text[],      -- hexadecimal
  consents         text[],      -- none, stop, start
  message_types    text[],
  metadata         text[],
  written_at       timestamptz[],
  duplicates_since timestamptz, -- NULL: messages are not compared by content
  max_waiting      integer,
  max_batch        integer,
  received_at      timestamptz
) RETURNS TABLE (arrival integer, outcome text, message_id uuid, dropped integer, wakes_queue boolean,
                 changed_consent boolean)
LANGUAGE plpgsql AS $$
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

-- Drops the oldest waiting messages of a user beyond the newest `kept`, and returns their number. The contact is locked.
CREATE OR REPLACE FUNCTION orchestrator.drop_oldest_messages(
  user_id text, contact_id text, kept integer, dropped_at timestamptz
) RETURNS integer
LANGUAGE plpgsql AS $$
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

-- The row of a logical shard's counters in which this session counts, so that transactions seldom wait for each other.
CREATE OR REPLACE FUNCTION orchestrator.counter_slot() RETURNS integer
LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
  SELECT pg_backend_pid() % greatest(16 / orchestrator.logical_shards(), 1)
$$;
