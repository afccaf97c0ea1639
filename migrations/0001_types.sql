-- The types that tables and functions share. `migrate` has created the schema.

-- In the order of the lanes, so that it reads as text and sorts as a lane.
CREATE TYPE orchestrator.message_priority AS ENUM ('urgent', 'high', 'medium', 'low');

CREATE TYPE orchestrator.queue_status AS ENUM
  ('queued', 'approved', 'sent', 'superseded', 'cancelled', 'expired', 'failed');

CREATE TYPE orchestrator.message_direction AS ENUM ('inbound', 'outbound');

CREATE TYPE orchestrator.message_status AS ENUM
  ('pending', 'sending', 'sent', 'delivered', 'failed', 'undelivered', 'unknown', 'received');

CREATE TYPE orchestrator.message_purpose AS ENUM ('reply', 'consent');

-- Why a pending message is not sent before next_attempt_at.
CREATE TYPE orchestrator.delivery_wait AS ENUM ('quiet_hours', 'retry');

-- What minute_counts counts: a message is stored, or refused as a duplicate; it is promoted; an evaluation of its user
-- defers it; it ends otherwise.
CREATE TYPE orchestrator.message_outcome AS ENUM
  ('scheduled', 'duplicate', 'sent', 'deferred', 'superseded', 'cancelled', 'expired', 'failed');

-- What the LLM is asked about a message.
CREATE TYPE orchestrator.llm_question AS ENUM ('relevance', 'rendering');

CREATE TYPE orchestrator.inbound_status AS ENUM
  ('waiting', 'processing', 'done', 'failed', 'duplicate', 'dropped', 'flushed');

-- The content of a message that was scheduled lately, to recognise a duplicate: half of its SHA-256.
CREATE TYPE orchestrator.recent_content AS (content_hash uuid, message_id uuid, created_at timestamptz);

-- What becomes of a user whose message is promoted in the call of submit_messages() that stores it.
CREATE TYPE orchestrator.immediate_promotion AS (
  request             integer,  -- the position of the request
  user_version        xid,      -- xmin of the row of user_message_budget that the decision saw
  message_id          uuid,     -- messages.id
  -- Of user_message_budget.
  next_attempt_at     timestamptz,
  express             boolean,
  blocked_until       timestamptz,
  blocked_by          text,
  date                date,
  messages_sent       integer,
  last_message_at     timestamptz,
  recent_sends        text,     -- a timestamptz[] literal
  daily_limit         integer,
  hourly_limit        integer,
  quiet_hours_enabled boolean
);

CREATE TYPE orchestrator.turn_status AS ENUM ('processing', 'retrying', 'done', 'failed', 'flushed');

-- The number of logical shards (LOGICAL_SHARDS) is fixed by the migration, which sets orchestrator.logical_shards.
DO $$
BEGIN
  EXECUTE format('CREATE FUNCTION orchestrator.logical_shards() RETURNS integer '
                 'LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
                 'SELECT ' || current_setting('orchestrator.logical_shards')::integer);
END $$;

-- The logical shard of a user: the first byte of the SHA-256 of the id, modulo their number. The cast reads backslashes
-- as escapes, so they are doubled; convert_to() would not be IMMUTABLE, and the function not inlined.
CREATE FUNCTION orchestrator.shard_of(user_id text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (get_byte(sha256(replace(user_id, chr(92), chr(92) || chr(92))::bytea), 0)
          % orchestrator.logical_shards())::smallint
$$;

-- RFC 9562 UUID version 7: milliseconds, 12 bits of the microseconds, the logical shard, 48 random bits. Later calls
-- return greater values, also within one statement, as long as the clock does not step back: a row takes longer than a
-- microsecond. One expression, so that it is inlined: microseconds * 4096 / 1000 is both parts of the time.
CREATE FUNCTION orchestrator.uuid_v7(shard integer) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(shard), 3, '0') || right(gen_random_uuid()::text, 12))::uuid
$$;

-- The logical shard that an id carries; NULL if it carries none. An id that was made elsewhere may look as if it did.
CREATE FUNCTION orchestrator.shard_in(id uuid) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN substr(id::text, 15, 1) = '7' AND substr(id::text, 20, 1) = '8'
                   AND substr(id::text, 21, 3) < lpad(to_hex(orchestrator.logical_shards()), 3, '0')
              THEN ('x' || substr(id::text, 21, 3))::bit(12)::integer::smallint END
$$;

-- All logical shards: statements that are not about one user take them one after the other.
CREATE FUNCTION orchestrator.shards() RETURNS smallint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(shard::smallint ORDER BY shard) FROM generate_series(0, orchestrator.logical_shards() - 1) AS shard
$$;

-- The same, from the given one on, modulo their number. This and the next in PL/pgSQL, because a function in SQL that
-- cannot be inlined is planned again by each statement.
CREATE FUNCTION orchestrator.shards_from(first integer) RETURNS smallint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  start integer := first % orchestrator.logical_shards();
BEGIN
  RETURN (orchestrator.shards())[start + 1:] || (orchestrator.shards())[:start];
END $$;

-- The same, from a random one on: claims take turns, so that no shard is always first, and two instances seldom meet.
CREATE FUNCTION orchestrator.shards_in_turn() RETURNS smallint[]
LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
BEGIN
  RETURN orchestrator.shards_from(floor(random() * orchestrator.logical_shards())::integer);
END $$;
