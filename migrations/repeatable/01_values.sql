-- Functions of values, which statements and views share.

-- An instant as microseconds since 1970, whatever DateStyle and TimeZone of the session. Instants that only SQL
-- can write (infinity, years beyond 9999, before 1970) count as the last or first that the service knows. STABLE,
-- because extract() is: a function that is declared IMMUTABLE would not be inlined.
CREATE OR REPLACE FUNCTION orchestrator.micros(instant timestamptz) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (extract(epoch FROM CASE WHEN instant < timestamptz 'epoch' THEN timestamptz 'epoch'
                                  WHEN instant > timestamptz '9999-12-31 23:59:59.999999Z'
                                  THEN timestamptz '9999-12-31 23:59:59.999999Z'
                                  ELSE instant END) * 1000000)::bigint
$$;

-- The text of a message; NULL when it has none. Structured data is never sent as text.
CREATE OR REPLACE FUNCTION orchestrator.message_text(final_message text, message_data jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT nullif(btrim(coalesce(final_message,
                               CASE WHEN jsonb_typeof(message_data -> 'content') = 'string'
                                    THEN message_data ->> 'content' END),
                      E' \t\r\n'), '')
$$;

-- The least identifier of an instant: a range of identifiers is a range of time.
CREATE OR REPLACE FUNCTION orchestrator.uuid_v7_floor(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- As uuid_v7(), for an instant that the caller gives. Ids of one instant are in random order.
CREATE OR REPLACE FUNCTION orchestrator.uuid_v7_at(instant timestamptz, shard integer) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM instant) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(shard), 3, '0') || right(gen_random_uuid()::text, 12))::uuid
$$;

-- When the next turn of a contact may be taken; NULL: no message waits. A contact that sent more than three messages
-- within a minute is in a burst: its turn waits for two seconds without a message, ten seconds at most after the oldest
-- one, unless the turn is full. `recent` are the latest arrivals, oldest first.
CREATE OR REPLACE FUNCTION orchestrator.next_turn_at(
  instant timestamptz, waiting bigint, oldest timestamptz, newest timestamptz, recent timestamptz[], max_batch integer
) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN waiting = 0 THEN NULL
              WHEN waiting >= max_batch THEN instant
              WHEN recent[cardinality(recent) - 3] > instant - interval '1 minute'
              THEN greatest(instant, least(newest + interval '2 seconds', oldest + interval '10 seconds'))
              ELSE instant END;
END $$;

-- The calendar date in a time zone; NULL for an unknown zone, which a user's row may name.
CREATE OR REPLACE FUNCTION orchestrator.local_date(instant timestamptz, zone text) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (instant AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;
