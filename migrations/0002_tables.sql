-- The tables of docs/architecture.md. Each but the settings has the logical shard of its user (user_addresses: of the
-- address) first in its primary key and in its indexes, so that a statement for one user touches one shard, and the tables
-- can be distributed by it.
-- Triggers fill in the shard, and the id, of rows that name none.

CREATE TABLE orchestrator.users (
  shard               smallint NOT NULL,
  id                  text NOT NULL,
  phone_number        text,                              -- E.164; unique, because user_addresses has it, too
  timezone            text,                              -- IANA name; NULL: DEFAULT_TIMEZONE
  quiet_hours_start   time,                              -- NULL: QUIET_HOURS_START; the others likewise
  quiet_hours_end     time,
  quiet_hours_enabled boolean,
  daily_limit         integer CHECK (daily_limit >= 0),  -- 0: no limit
  hourly_limit        integer CHECK (hourly_limit >= 0), -- 0: no limit
  response_pattern    jsonb,                             -- {"best_hours": [9, 18], "preferred_days": ["monday"]}
  opted_out_at        timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shard, id)
);

-- One row per address of a user: a phone number (E.164), or an id by which a gateway names the user. The shard is that of
-- the address, not of the user: who knows only an address finds its user in one shard. Triggers keep the rows of
-- users.phone_number.
CREATE TABLE orchestrator.user_addresses (
  shard      smallint NOT NULL,                          -- shard_of(address)
  address    text NOT NULL,
  user_id    text NOT NULL,                              -- users.id; no foreign key, because it may be in another shard
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shard, address)
);

CREATE INDEX user_addresses_user ON orchestrator.user_addresses (shard, user_id);

-- One row per user: lock, counters, next attempt and gate (docs/architecture.md). Every user has one.
CREATE TABLE orchestrator.user_message_budget (
  shard               smallint NOT NULL,
  user_id             text NOT NULL,
  date                date,                              -- the local day that messages_sent counts
  messages_sent       integer NOT NULL DEFAULT 0,
  last_message_at     timestamptz,                       -- outbound
  last_inbound_at     timestamptz,
  recent_sends        timestamptz[] NOT NULL DEFAULT '{}', -- oldest first
  daily_limit         integer,                           -- in force at the last evaluation
  hourly_limit        integer,
  quiet_hours_enabled boolean,
  next_attempt_at     timestamptz,                       -- NULL: no message waits
  express             boolean NOT NULL DEFAULT false,    -- does not wait for the next full pass
  blocked_until       timestamptz,                       -- the gate for messages that are scheduled later
  blocked_by          text,
  recent_contents     orchestrator.recent_content[] NOT NULL DEFAULT '{}', -- oldest first; the latest 32 at most
  PRIMARY KEY (shard, user_id),
  FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users (shard, id) ON DELETE CASCADE
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX user_message_budget_due ON orchestrator.user_message_budget (shard, next_attempt_at)
  WHERE next_attempt_at IS NOT NULL;
CREATE INDEX user_message_budget_express ON orchestrator.user_message_budget (shard, next_attempt_at)
  WHERE next_attempt_at IS NOT NULL AND express;

-- The contents that recent_contents had no more room for, within a long DUPLICATE_WINDOW_SECONDS.
CREATE TABLE orchestrator.earlier_contents (
  shard        smallint NOT NULL,
  id           uuid NOT NULL,                            -- message_queue.id
  user_id      text NOT NULL,
  content_hash uuid NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (shard, id),
  FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users (shard, id) ON DELETE CASCADE
);

CREATE INDEX earlier_contents_user ON orchestrator.earlier_contents (shard, user_id, content_hash, created_at);

-- A row's user exists: submit_messages() and the trigger message_queue_inserted see to it, because a foreign key would
-- cost as much as the row (docs/decisions.md).
CREATE TABLE orchestrator.message_queue (
  shard                    smallint NOT NULL,
  id                       uuid NOT NULL,
  user_id                  text NOT NULL,
  agent_id                 text NOT NULL,
  conversation_context_id  text,
  message_data             jsonb NOT NULL,
  final_message            text,                         -- rendered; precedes message_data.content
  priority                 orchestrator.message_priority NOT NULL DEFAULT 'medium',
  can_delay                boolean NOT NULL DEFAULT true,
  requires_fresh_context   boolean NOT NULL DEFAULT false,
  status                   orchestrator.queue_status NOT NULL DEFAULT 'queued',
  status_reason            text,                         -- why it is cancelled, expired or failed
  scheduled_for            timestamptz NOT NULL DEFAULT now(),
  expires_at               timestamptz,
  idempotency_key          text,
  request_hash             uuid,                         -- with an idempotency key: half of the body's SHA-256
  supersede_key            text,
  superseded_by_message_id uuid,
  superseded_reason        text,
  sequence_id              text,
  sequence_position        integer,
  sequence_total           integer,
  created_at               timestamptz NOT NULL DEFAULT now(),
  sent_at                  timestamptz,                  -- when it was promoted to messages
  delivered_message_id     uuid,                         -- messages.id
  -- Is in the queue. False while the LLM is asked about it (llm_work), for all parts of a sequence but the first, and for
  -- that one while parts are missing.
  ready                    boolean NOT NULL DEFAULT true,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- The first of each kind of a user: lane, and whether it can be delayed.
CREATE INDEX message_queue_head ON orchestrator.message_queue (shard, user_id, priority, can_delay, scheduled_for, id)
  WHERE status IN ('queued', 'approved') AND ready;
CREATE INDEX message_queue_expiry ON orchestrator.message_queue (shard, expires_at)
  WHERE status IN ('queued', 'approved') AND expires_at IS NOT NULL;
CREATE UNIQUE INDEX message_queue_idempotency ON orchestrator.message_queue (shard, user_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX message_queue_supersede ON orchestrator.message_queue (shard, user_id, supersede_key)
  WHERE status IN ('queued', 'approved') AND supersede_key IS NOT NULL;
CREATE UNIQUE INDEX message_queue_sequence ON orchestrator.message_queue (shard, user_id, sequence_id, sequence_position)
  WHERE sequence_id IS NOT NULL;
-- Waiting messages that are not in the queue: few, so that incomplete sequences are found without a scan.
CREATE INDEX message_queue_not_ready ON orchestrator.message_queue (shard, user_id, sequence_id)
  WHERE status IN ('queued', 'approved') AND NOT ready;

-- One row per waiting message that the LLM is asked about (then the message is not ready), or has answered for (then it
-- is approved). Most messages never have one. Triggers of both tables keep them in step. A transaction that needs both
-- rows locks the message first, unless it skips locked rows.
CREATE TABLE orchestrator.llm_work (
  shard          smallint NOT NULL,
  message_id     uuid NOT NULL,                      -- message_queue.id; of a sequence, its first part
  user_id        text NOT NULL,
  priority       orchestrator.message_priority NOT NULL, -- the message's, while the LLM is asked
  question       orchestrator.llm_question,          -- NULL: it has been answered
  due_at         timestamptz,                        -- when the LLM is asked; while it is asked, the lease's end
  token          uuid,                               -- fences the call in progress
  attempts       integer NOT NULL DEFAULT 0,         -- calls since it left the queue
  context_as_of  timestamptz,                        -- inbound messages until then are considered; NULL: created_at
  context_checks integer NOT NULL DEFAULT 0,         -- how often its relevance was judged
  PRIMARY KEY (shard, message_id),
  CHECK (CASE WHEN question IS NULL THEN num_nonnulls(due_at, token) = 0 ELSE due_at IS NOT NULL END)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Questions that are not answered: of one user, and in the order in which the LLM is asked.
CREATE INDEX llm_work_user ON orchestrator.llm_work (shard, user_id, priority) WHERE question IS NOT NULL;
CREATE INDEX llm_work_due ON orchestrator.llm_work (shard, due_at) WHERE question IS NOT NULL;
CREATE INDEX llm_work_express ON orchestrator.llm_work (shard, due_at)
  WHERE question IS NOT NULL AND priority <= 'high';

CREATE TABLE orchestrator.messages (
  shard               smallint NOT NULL,
  id                  uuid NOT NULL,
  user_id             text NOT NULL,
  conversation_id     text,
  direction           orchestrator.message_direction NOT NULL,
  role                text NOT NULL,                     -- 'user', or the agent id up to its first '_'
  content             text NOT NULL,
  status              orchestrator.message_status NOT NULL DEFAULT 'pending',
  queue_id            uuid,                              -- message_queue.id
  provider            text,
  provider_message_id text,
  attempts            integer NOT NULL DEFAULT 0,
  error_code          text,
  lease_token         uuid,                              -- fences the attempt in progress
  lease_until         timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  sent_at             timestamptz,
  delivered_at        timestamptz,
  -- Replies ignore limits and quiet hours, confirmations of an opt-out also the opt-out. NULL: a scheduled
  -- message, or one that another system has inserted.
  purpose             orchestrator.message_purpose,
  attempted_at        timestamptz,                       -- when the last attempt began
  next_attempt_at     timestamptz,                       -- pending: not sent before, NULL: at once; unknown: when the
                                                         -- provider is asked
  waiting_for         orchestrator.delivery_wait,        -- pending, until next_attempt_at
  look_ups            integer NOT NULL DEFAULT 0,        -- how often the provider was asked about it
  resent              boolean NOT NULL DEFAULT false,    -- was sent again because its outcome was unknown
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.05);

-- What may be sent, oldest first; without what waits, so that a night's messages cost nothing before the morning.
CREATE INDEX messages_pending ON orchestrator.messages (shard, created_at, id)
  WHERE direction = 'outbound' AND status = 'pending' AND next_attempt_at IS NULL;
CREATE INDEX messages_waiting ON orchestrator.messages (shard, next_attempt_at)
  WHERE direction = 'outbound' AND status = 'pending' AND next_attempt_at IS NOT NULL;
-- Replies are sent before a morning's backlog.
CREATE INDEX messages_replies ON orchestrator.messages (shard, created_at, id)
  WHERE direction = 'outbound' AND status = 'pending' AND purpose IS NOT NULL;
-- The last condition keeps the planner from it when it looks for one user's messages: messages_in_flight is for that.
CREATE INDEX messages_sending ON orchestrator.messages (shard, lease_until)
  WHERE direction = 'outbound' AND status = 'sending' AND lease_until IS NOT NULL;
CREATE INDEX messages_unsettled ON orchestrator.messages (shard, next_attempt_at)
  WHERE direction = 'outbound' AND status = 'unknown' AND next_attempt_at IS NOT NULL;
-- A user's messages are sent one after the other.
CREATE INDEX messages_line ON orchestrator.messages (shard, user_id, created_at, id)
  WHERE direction = 'outbound' AND status = 'pending';
CREATE INDEX messages_in_flight ON orchestrator.messages (shard, user_id)
  WHERE direction = 'outbound' AND status = 'sending';
-- Providers name messages by their own identifiers.
CREATE INDEX messages_provider ON orchestrator.messages (shard, provider_message_id)
  WHERE provider_message_id IS NOT NULL;
-- A user's inbound messages, by time.
CREATE INDEX messages_said ON orchestrator.messages (shard, user_id, created_at) WHERE direction = 'inbound';

-- One row per contact: the lock of its queue and its turns, and the time of its next turn. A transaction that needs
-- several locks takes this one first, then users, then user_message_budget.
CREATE TABLE orchestrator.inbound_contacts (
  shard           smallint NOT NULL,
  user_id         text NOT NULL,
  contact_id      text NOT NULL,                       -- the gateway's latest name for the user
  received        bigint NOT NULL DEFAULT 0,           -- messages so far: the positions in the queue
  recent          timestamptz[] NOT NULL DEFAULT '{}', -- the latest four arrivals, oldest first
  last_message_at timestamptz,
  next_turn_at    timestamptz,                         -- when a turn may be taken; during one, the end of its lease.
                                                       -- NULL: no message waits.
  turn_id         uuid,                                -- the open turn: in process, or to be retried
  token           uuid,                                -- of the attempt in process; NULL: none
  turn_place      integer,                             -- of the attempt in process, among MAX_CONCURRENT_CONTACTS: claim_turns()
  PRIMARY KEY (shard, user_id),
  FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users (shard, id) ON DELETE CASCADE
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX inbound_contacts_due ON orchestrator.inbound_contacts (shard, next_turn_at) WHERE next_turn_at IS NOT NULL;
CREATE INDEX inbound_contacts_in_process ON orchestrator.inbound_contacts (shard, next_turn_at) WHERE token IS NOT NULL;

-- One row per inbound message: its way through the contact's queue.
CREATE TABLE orchestrator.inbound_queue (
  shard               smallint NOT NULL,
  id                  uuid NOT NULL,
  user_id             text NOT NULL,
  contact_id          text NOT NULL,
  message_id          uuid NOT NULL,                     -- messages.id
  provider_message_id text,
  content_hash        bytea,
  status              orchestrator.inbound_status NOT NULL DEFAULT 'waiting',
  turn_id             uuid,
  received_at         timestamptz NOT NULL DEFAULT now(),
  finished_at         timestamptz,
  position            bigint NOT NULL DEFAULT 0,         -- in the contact's queue, in the order of arrival
  message_type        text NOT NULL DEFAULT 'text',
  metadata            jsonb NOT NULL DEFAULT '{}',
  written_at          timestamptz,                       -- as the gateway says
  PRIMARY KEY (shard, id),
  FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users (shard, id)
);
COMMENT ON COLUMN orchestrator.inbound_queue.message_id IS 'messages.id; of a duplicate, that of the first message';

CREATE INDEX inbound_queue_waiting ON orchestrator.inbound_queue (shard, user_id, position) WHERE status = 'waiting';
CREATE INDEX inbound_queue_turn ON orchestrator.inbound_queue (shard, turn_id, position) WHERE turn_id IS NOT NULL;
CREATE UNIQUE INDEX inbound_queue_provider ON orchestrator.inbound_queue (shard, user_id, provider_message_id)
  WHERE provider_message_id IS NOT NULL AND status <> 'duplicate';
CREATE INDEX inbound_queue_content ON orchestrator.inbound_queue (shard, user_id, content_hash, received_at)
  WHERE content_hash IS NOT NULL AND status <> 'duplicate';

-- One row per turn: a batch of a contact's messages, and what the agent answered.
CREATE TABLE orchestrator.inbound_turns (
  shard            smallint NOT NULL,
  id               uuid NOT NULL,
  user_id          text NOT NULL,
  contact_id       text NOT NULL,
  status           orchestrator.turn_status NOT NULL DEFAULT 'processing',
  attempt          integer NOT NULL DEFAULT 1,
  token            uuid,                               -- of the latest attempt; fences the others
  lease_until      timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  taken_at         timestamptz NOT NULL DEFAULT now(), -- when the latest attempt began
  finished_at      timestamptz,
  error            text,
  reply_hash       bytea,                              -- SHA-256 of the reply
  reply_message_id uuid,                               -- messages.id; of a repeated reply, that of the first one
  PRIMARY KEY (shard, id),
  FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users (shard, id) ON DELETE CASCADE
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX inbound_turns_replies ON orchestrator.inbound_turns (shard, user_id, finished_at) WHERE reply_hash IS NOT NULL;

-- What has been counted since `since`: the sums over all rows. Each connection counts in one slot of a logical shard, so
-- that transactions seldom wait for each other.
CREATE TABLE orchestrator.inbound_counters (
  shard         smallint NOT NULL,
  slot          smallint NOT NULL,
  since         timestamptz NOT NULL DEFAULT now(),
  received      bigint NOT NULL DEFAULT 0,
  duplicates    bigint NOT NULL DEFAULT 0,
  dropped       bigint NOT NULL DEFAULT 0,
  flushed       bigint NOT NULL DEFAULT 0,
  processed     bigint NOT NULL DEFAULT 0, -- messages of turns that were done
  failed        bigint NOT NULL DEFAULT 0, -- messages of turns that failed
  turns         bigint NOT NULL DEFAULT 0, -- done
  failed_turns  bigint NOT NULL DEFAULT 0,
  errors        bigint NOT NULL DEFAULT 0, -- attempts that failed
  timeouts      bigint NOT NULL DEFAULT 0, -- attempts whose lease expired
  processing_ms bigint NOT NULL DEFAULT 0, -- of the turns that were done, from claim to answer
  PRIMARY KEY (shard, slot)
) WITH (fillfactor = 10);

INSERT INTO orchestrator.inbound_counters (shard, slot)
SELECT shard, slot
FROM generate_series(0, orchestrator.logical_shards() - 1) AS shard,
     generate_series(0, greatest(16 / orchestrator.logical_shards(), 1) - 1) AS slot;

-- A message that is out of date since the user wrote: its agent may write a better one.
CREATE TABLE orchestrator.reformulation_requests (
  shard           smallint NOT NULL,
  id              uuid NOT NULL,
  user_id         text NOT NULL,
  message_id      uuid NOT NULL,                          -- message_queue.id; of a sequence, its first part
  agent_id        text NOT NULL,
  conversation_id text,
  original        text,                                   -- what would have been sent; NULL: it was not rendered
  message_data    jsonb NOT NULL,
  said            jsonb NOT NULL,                         -- inbound since it was queued: [{"at", "text"}], oldest first
  explanation     text,                                   -- the LLM's
  created_at      timestamptz NOT NULL DEFAULT now(),
  done_at         timestamptz,                            -- when its agent reported it as done
  PRIMARY KEY (shard, id),
  FOREIGN KEY (shard, user_id) REFERENCES orchestrator.users (shard, id) ON DELETE CASCADE
);

CREATE INDEX reformulation_requests_open ON orchestrator.reformulation_requests (shard, id) WHERE done_at IS NULL;

-- One decision or operation that no other row tells.
CREATE TABLE orchestrator.agent_actions_log (
  shard         smallint NOT NULL,
  id            uuid NOT NULL,
  agent_type    text NOT NULL,
  action_type   text NOT NULL,
  user_id       text NOT NULL,
  input_data    jsonb,
  output_data   jsonb,
  error         text,
  model_used    text,
  input_tokens  integer,
  output_tokens integer,
  cost_usd      numeric(12, 6),
  latency_ms    integer,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shard, id)
);

-- What happened to one user, by time.
CREATE INDEX agent_actions_log_user ON orchestrator.agent_actions_log (shard, user_id, id);
-- Messages that ended otherwise than sent.
CREATE INDEX agent_actions_log_ended ON orchestrator.agent_actions_log (shard, action_type, id)
  WHERE action_type IN ('superseded', 'cancelled', 'expired', 'failed', 'duplicate');

-- How many messages had an outcome in a minute: the sum over all logical shards and slots. Dashboards read it instead of
-- the messages. Each transaction adds to rows of its own connection, in a logical shard that it touches anyway, so that
-- none waits for another; within one connection, rows of a minute are updated in place.
CREATE TABLE orchestrator.minute_counts (
  shard    smallint NOT NULL,
  minute   timestamptz NOT NULL,             -- its beginning
  agent_id text NOT NULL,
  lane     orchestrator.message_priority NOT NULL,
  outcome  orchestrator.message_outcome NOT NULL,
  reason   text NOT NULL,                    -- as message_queue.status_reason, or the rule that deferred; else empty
  slot     integer NOT NULL,                 -- the process of the connection
  messages bigint NOT NULL,
  PRIMARY KEY (shard, minute, agent_id, lane, outcome, reason, slot)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- What the instances agree on.
CREATE TABLE orchestrator.orchestrator_settings (
  name  text PRIMARY KEY,
  value text NOT NULL
);

-- The statistics of a table that was small when it was analysed would say that each row has a shard of its own, and an
-- index that merely begins with the shard would then seem to find one row.
DO $$
DECLARE
  sharded regclass;
BEGIN
  FOR sharded IN SELECT attrelid::regclass FROM pg_attribute
                 WHERE attname = 'shard' AND attrelid IN (SELECT oid FROM pg_class
                                                          WHERE relkind = 'r' AND relnamespace = 'orchestrator'::regnamespace)
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN shard SET (n_distinct = %s)', sharded, orchestrator.logical_shards());
  END LOOP;
END $$;
