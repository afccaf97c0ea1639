-- What people write, and the turns in which their agents answer.

-- Replies go out whatever the limits and quiet hours say, confirmations of an opt-out also after it. Null: a
-- scheduled message, or what another system wrote.
ALTER TABLE messages ADD COLUMN purpose text CHECK (purpose IN ('reply', 'consent'));

-- One row a contact: the lock under which everything about their line and their turns happens, and the alarm
-- clock of the next turn. Who needs several locks takes this one first, then users, then user_message_budget.
CREATE TABLE inbound_contacts (
  user_id         text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  contact_id      text NOT NULL,                       -- as the gateway named the person last
  received        bigint NOT NULL DEFAULT 0,           -- messages so far: the places in line
  recent          timestamptz[] NOT NULL DEFAULT '{}', -- the latest four arrivals, oldest first
  last_message_at timestamptz,
  next_turn_at    timestamptz,                         -- alarm: a turn may be taken; while one is in process, its
                                                       -- lease runs out. Null: nothing waits.
  turn_id         uuid,                                -- the open turn: in process, or to be tried again
  token           uuid                                 -- of the try in process; null: none is
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX inbound_contacts_due ON inbound_contacts (next_turn_at) WHERE next_turn_at IS NOT NULL;
CREATE INDEX inbound_contacts_in_process ON inbound_contacts (next_turn_at) WHERE token IS NOT NULL;

ALTER TABLE inbound_queue
  ADD COLUMN position bigint NOT NULL DEFAULT 0,        -- place in the contact's line, in the order of arrival
  ADD COLUMN message_type text NOT NULL DEFAULT 'text',
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN written_at timestamptz;                    -- as the gateway says
COMMENT ON COLUMN inbound_queue.message_id IS 'messages.id; of a duplicate, the first one''s';

CREATE INDEX inbound_queue_waiting ON inbound_queue (user_id, position) WHERE status = 'waiting';
CREATE INDEX inbound_queue_turn ON inbound_queue (turn_id, position) WHERE turn_id IS NOT NULL;
CREATE UNIQUE INDEX inbound_queue_provider ON inbound_queue (user_id, provider_message_id)
  WHERE provider_message_id IS NOT NULL AND status <> 'duplicate';
CREATE INDEX inbound_queue_content ON inbound_queue (user_id, content_hash, received_at)
  WHERE content_hash IS NOT NULL AND status <> 'duplicate';

-- One row a turn: a batch of a contact's messages and what its agent made of it.
CREATE TABLE inbound_turns (
  id               uuid NOT NULL DEFAULT uuid_v7(),
  user_id          text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  contact_id       text NOT NULL,
  status           text NOT NULL DEFAULT 'processing' CHECK (status IN
                     ('processing', 'retrying', 'done', 'failed', 'flushed')),
  attempt          integer NOT NULL DEFAULT 1,
  token            uuid,                               -- of the latest try; fences the others
  lease_until      timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  taken_at         timestamptz NOT NULL DEFAULT now(), -- the latest try began
  finished_at      timestamptz,
  error            text,
  reply_hash       bytea,                              -- SHA-256 of what was said
  reply_message_id uuid,                               -- messages.id; of a repeated reply, the first one's
  PRIMARY KEY (id, user_id)
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX inbound_turns_replies ON inbound_turns (user_id, finished_at) WHERE reply_hash IS NOT NULL;

-- What was counted since `since`: the sums over all rows. Each connection counts in one of them, so that they
-- seldom wait for each other.
CREATE TABLE inbound_counters (
  shard         integer PRIMARY KEY,
  since         timestamptz NOT NULL DEFAULT now(),
  received      bigint NOT NULL DEFAULT 0,
  duplicates    bigint NOT NULL DEFAULT 0,
  dropped       bigint NOT NULL DEFAULT 0,
  flushed       bigint NOT NULL DEFAULT 0,
  processed     bigint NOT NULL DEFAULT 0, -- messages of turns that were done
  failed        bigint NOT NULL DEFAULT 0, -- messages of turns that failed
  turns         bigint NOT NULL DEFAULT 0, -- done
  failed_turns  bigint NOT NULL DEFAULT 0,
  errors        bigint NOT NULL DEFAULT 0, -- tries that failed
  timeouts      bigint NOT NULL DEFAULT 0, -- tries whose lease ran out
  processing_ms bigint NOT NULL DEFAULT 0  -- of the turns that were done, from taking to answer
) WITH (fillfactor = 10);

INSERT INTO inbound_counters (shard) SELECT generate_series(0, 15);

-- For dashboards: who waits for an agent, and how turns went.
CREATE VIEW inbound_lines AS
SELECT contact.user_id, contact.contact_id, count(waiting.id) AS waiting,
       min(waiting.received_at) AS oldest_received_at, contact.turn_id, contact.token IS NOT NULL AS in_process,
       contact.next_turn_at
FROM inbound_contacts AS contact
LEFT JOIN inbound_queue AS waiting ON waiting.user_id = contact.user_id AND waiting.status = 'waiting'
WHERE contact.next_turn_at IS NOT NULL
GROUP BY contact.user_id;

CREATE VIEW inbound_turns_hourly AS
SELECT date_trunc('hour', created_at) AS hour, status, count(*) AS turns, avg(attempt)::numeric(6, 2) AS tries,
       avg(finished_at - created_at) AS took
FROM inbound_turns
WHERE id >= uuid_v7_floor(now() - interval '7 days')
GROUP BY 1, 2;

COMMENT ON VIEW inbound_lines IS 'People who wait for their agent, or whose agent is at work.';
COMMENT ON COLUMN inbound_lines.user_id IS 'users.id';
COMMENT ON COLUMN inbound_lines.contact_id IS 'As the gateway named the person last.';
COMMENT ON COLUMN inbound_lines.waiting IS 'Messages that wait for a turn.';
COMMENT ON COLUMN inbound_lines.oldest_received_at IS 'When the first of them came.';
COMMENT ON COLUMN inbound_lines.turn_id IS 'The open turn: in process, or to be tried again; null: none is open.';
COMMENT ON COLUMN inbound_lines.in_process IS 'An agent has it now.';
COMMENT ON COLUMN inbound_lines.next_turn_at IS 'When a turn may be taken; of one in process, its lease runs out.';

COMMENT ON VIEW inbound_turns_hourly IS 'How the turns of the last 7 days went.';
COMMENT ON COLUMN inbound_turns_hourly.hour IS 'In which they were first taken.';
COMMENT ON COLUMN inbound_turns_hourly.status IS 'processing, retrying, done, failed or flushed.';
COMMENT ON COLUMN inbound_turns_hourly.turns IS 'How many.';
COMMENT ON COLUMN inbound_turns_hourly.tries IS 'On average; 1.00: the first succeeded.';
COMMENT ON COLUMN inbound_turns_hourly.took IS 'From first taking to the end, on average.';
