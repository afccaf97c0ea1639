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

-- The calendar date in a time zone; NULL for an unknown zone, which a user's row may name.
CREATE OR REPLACE FUNCTION orchestrator.local_date(instant timestamptz, zone text) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (instant AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;
