-- Lets agents take up to turn_limit due turns: one row for each message of a turn, or one without a message. A row without
-- a turn says that leases have expired: nothing was claimed, the caller ends those attempts first (ends_expired: it has
-- done so).
--
-- At most max_in_process turns are in process at a time, over all instances. Each turn in process has a place, a number
-- from 1 to max_in_process, in its contact's row. A claim takes a place by an advisory lock on the number, which it holds
-- until its transaction has ended, and reads then, in a later statement, that no contact has the place. Before a claim
-- releases the lock, its contact's row is committed. So no two turns have one place, whatever happens to the instances:
-- a place is free again when the row is written that ends the attempt (answer, failure, expired lease, unlock), by any
-- instance, and a renewal keeps it. Claims of different instances try different places and skip what is locked: they
-- write no common row and do not wait for each other.
--
-- Locks: advisory locks of places; the contacts, skipping those that another transaction has locked.
CREATE OR REPLACE FUNCTION orchestrator.claim_turns(
  turn_limit     integer,
  max_in_process integer,
  max_batch      integer,     -- messages of a turn
  only_shard_of  text,        -- only turns in the shard of this user, without places: for the self-test; NULL: all
  ends_expired   boolean,
  claimed_at     timestamptz,
  lease_until    timestamptz
) RETURNS TABLE (turn_id uuid, token uuid, user_id text, contact_id text, attempt integer, message_id uuid,
                 provider_message_id text, content text, message_type text, written_at timestamptz, metadata jsonb)
LANGUAGE plpgsql AS $$
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
