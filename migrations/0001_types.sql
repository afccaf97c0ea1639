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

-- What the LLM is asked about a message.
CREATE TYPE orchestrator.llm_question AS ENUM ('relevance', 'rendering');

CREATE TYPE orchestrator.inbound_status AS ENUM
  ('waiting', 'processing', 'done', 'failed', 'duplicate', 'dropped', 'flushed');

CREATE TYPE orchestrator.turn_status AS ENUM ('processing', 'retrying', 'done', 'failed', 'flushed');

-- Distinguishes identifiers that are generated within one microsecond.
CREATE SEQUENCE orchestrator.uuid_v7_tick;

-- RFC 9562 UUID version 7: milliseconds, 12 bits of the microseconds, a sequence number, random bits.
-- Later calls return greater values, also within one statement, as long as the clock does not step back.
-- One expression, so that it is inlined: microseconds * 4096 / 1000 is both parts of the time.
CREATE FUNCTION orchestrator.uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT (overlay(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0')
                  PLACING '7' FROM 13 FOR 0)
          || '8' || lpad(to_hex(nextval('orchestrator.uuid_v7_tick') & 4294967295), 8, '0')
          || right(gen_random_uuid()::text, 7))::uuid
$$;
