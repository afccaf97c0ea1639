-- Value types and functions that tables and statements share.

-- In lane order, so that it reads as text and sorts as a lane.
CREATE TYPE message_priority AS ENUM ('urgent', 'high', 'medium', 'low');

-- Breaks ties between identifiers made within one microsecond.
CREATE SEQUENCE uuid_v7_tick;

-- RFC 9562 UUID version 7: milliseconds, 12 bits of the microseconds, a sequence number, random bits.
-- Later calls give greater values, also many in one statement, as long as the clock does not step back.
-- One expression, so that it is inlined: x * 4096 / 1000 of the microseconds is both parts of the time.
CREATE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(nextval('uuid_v7_tick') & 4294967295), 8, '0')
          || right(gen_random_uuid()::text, 7))::uuid
$$;

-- An instant as microseconds since 1970, whatever DateStyle and TimeZone the session has. Those that only SQL
-- can write (infinity, years beyond 9999, before 1970) count as the last or first of ours. Stable, because
-- extract() is: declared immutable, it would not be inlined.
CREATE FUNCTION micros(instant timestamptz) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (extract(epoch FROM CASE WHEN instant < timestamptz 'epoch' THEN timestamptz 'epoch'
                                  WHEN instant > timestamptz '9999-12-31 23:59:59.999999Z'
                                  THEN timestamptz '9999-12-31 23:59:59.999999Z'
                                  ELSE instant END) * 1000000)::bigint
$$;

-- What a row of message_queue says to the person: null when there is nothing to say. Structured data is
-- never texted.
CREATE FUNCTION message_text(final_message text, message_data jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT nullif(btrim(coalesce(final_message,
                               CASE WHEN jsonb_typeof(message_data -> 'content') = 'string'
                                    THEN message_data ->> 'content' END),
                      E' \t\r\n'), '')
$$;
