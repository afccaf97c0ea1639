-- The tables of docs/architecture.md. Every primary and unique key (but that of people) contains the user,
-- so that the same schema can be distributed by user_id.

CREATE TABLE users (
  id                  text PRIMARY KEY,
  phone_number        text UNIQUE,                       -- E.164
  timezone            text,                              -- IANA name; null: DEFAULT_TIMEZONE
  quiet_hours_start   time,                              -- null: QUIET_HOURS_START, and so on
  quiet_hours_end     time,
  quiet_hours_enabled boolean,
  daily_limit         integer CHECK (daily_limit >= 0),  -- 0: none
  hourly_limit        integer CHECK (hourly_limit >= 0), -- 0: none
  response_pattern    jsonb,                             -- {"best_hours": [9, 18], "preferred_days": ["monday"]}
  opted_out_at        timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE message_queue (
  id                       uuid NOT NULL DEFAULT uuid_v7(),
  user_id                  text NOT NULL REFERENCES users (id),
  agent_id                 text NOT NULL,
  conversation_context_id  text,
  message_data             jsonb NOT NULL,
  final_message            text,                         -- rendered; goes before message_data.content
  priority                 message_priority NOT NULL DEFAULT 'medium',
  can_delay                boolean NOT NULL DEFAULT true,
  requires_fresh_context   boolean NOT NULL DEFAULT false,
  status                   text NOT NULL DEFAULT 'queued' CHECK (status IN
                             ('queued', 'approved', 'sent', 'superseded', 'cancelled', 'expired', 'failed')),
  status_reason            text,                         -- why it is cancelled, expired or failed
  scheduled_for            timestamptz NOT NULL DEFAULT now(),
  expires_at               timestamptz,
  idempotency_key          text,
  request_hash             bytea,
  supersede_key            text,
  superseded_by_message_id uuid,
  superseded_reason        text,
  sequence_id              text,
  sequence_position        integer,
  sequence_total           integer,
  created_at               timestamptz NOT NULL DEFAULT now(),
  sent_at                  timestamptz,                  -- when it crossed into messages
  delivered_message_id     uuid,                         -- messages.id
  PRIMARY KEY (id, user_id)
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- The head of each lane of a user.
CREATE INDEX message_queue_head ON message_queue (user_id, priority, scheduled_for, id)
  WHERE status = 'queued';
CREATE INDEX message_queue_expiry ON message_queue (expires_at)
  WHERE status = 'queued' AND expires_at IS NOT NULL;

-- One row per user: lock, counters, alarm clock and gate (docs/architecture.md).
CREATE TABLE user_message_budget (
  user_id             text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  date                date,                              -- the local day that messages_sent counts
  messages_sent       integer NOT NULL DEFAULT 0,
  last_message_at     timestamptz,                       -- outbound
  last_inbound_at     timestamptz,
  recent_sends        timestamptz[] NOT NULL DEFAULT '{}', -- oldest first
  daily_limit         integer,                           -- as in force at the last look
  hourly_limit        integer,
  quiet_hours_enabled boolean,
  next_attempt_at     timestamptz,                       -- alarm; null: nothing is waiting
  express             boolean NOT NULL DEFAULT false,    -- does not wait for the next full pass
  blocked_until       timestamptz,                       -- gate for messages yet to come
  blocked_by          text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX user_message_budget_due ON user_message_budget (next_attempt_at)
  WHERE next_attempt_at IS NOT NULL;
CREATE INDEX user_message_budget_express ON user_message_budget (next_attempt_at)
  WHERE next_attempt_at IS NOT NULL AND express;

CREATE TABLE messages (
  id                  uuid NOT NULL DEFAULT uuid_v7(),
  user_id             text NOT NULL,
  conversation_id     text,
  direction           text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
  role                text NOT NULL,                     -- 'user', or the agent id up to its first '_'
  content             text NOT NULL,
  status              text NOT NULL DEFAULT 'pending' CHECK (status IN
                        ('pending', 'sending', 'sent', 'delivered', 'failed', 'undelivered', 'unknown', 'received')),
  queue_id            uuid,                              -- message_queue.id
  provider            text,
  provider_message_id text,
  attempts            integer NOT NULL DEFAULT 0,
  error_code          text,
  lease_token         uuid,                              -- fences the attempt that is under way
  lease_until         timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  sent_at             timestamptz,
  delivered_at        timestamptz,
  PRIMARY KEY (id, user_id),
  UNIQUE (user_id, queue_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.05);

CREATE INDEX messages_pending ON messages (created_at, id)
  WHERE direction = 'outbound' AND status = 'pending';
CREATE INDEX messages_sending ON messages (lease_until)
  WHERE direction = 'outbound' AND status = 'sending';

-- One inbound message's turn with its agent.
CREATE TABLE inbound_queue (
  id                  uuid NOT NULL DEFAULT uuid_v7(),
  user_id             text NOT NULL REFERENCES users (id),
  contact_id          text NOT NULL,
  message_id          uuid NOT NULL,                     -- messages.id
  provider_message_id text,
  content_hash        bytea,
  status              text NOT NULL DEFAULT 'waiting' CHECK (status IN
                        ('waiting', 'processing', 'done', 'failed', 'duplicate', 'dropped', 'flushed')),
  turn_id             uuid,
  received_at         timestamptz NOT NULL DEFAULT now(),
  finished_at         timestamptz,
  PRIMARY KEY (id, user_id)
);

-- One decision or operation worth keeping.
CREATE TABLE agent_actions_log (
  id            uuid NOT NULL DEFAULT uuid_v7(),
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
  PRIMARY KEY (id, user_id)
);

-- What the instances agree on beyond the tables: see src/storage/settings_store.hpp.
CREATE TABLE orchestrator_settings (
  name  text PRIMARY KEY,
  value text NOT NULL
);
