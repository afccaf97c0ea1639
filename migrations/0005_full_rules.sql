-- Lanes in full, sequences, supersession, duplicates.

ALTER TABLE message_queue
  -- May be held back for a better moment; urgent and high never are.
  ADD COLUMN delayable boolean NOT NULL GENERATED ALWAYS AS (can_delay AND priority >= 'medium') STORED,
  -- Stands in line. False for all parts of a sequence but its first, and for that while parts are missing.
  ADD COLUMN ready boolean NOT NULL DEFAULT true,
  -- SHA-256 of what the message says; null for rows that were not checked for duplicates.
  ADD COLUMN content_hash bytea,
  ADD CHECK (num_nulls(sequence_id, sequence_position, sequence_total) IN (0, 3)
             AND sequence_position BETWEEN 1 AND sequence_total);

-- The first of each kind of a user: lane, and whether it can be delayed.
DROP INDEX message_queue_head;
CREATE INDEX message_queue_head ON message_queue (user_id, priority, delayable, scheduled_for, id)
  WHERE status = 'queued' AND ready;

CREATE UNIQUE INDEX message_queue_sequence ON message_queue (user_id, sequence_id, sequence_position)
  WHERE sequence_id IS NOT NULL;
CREATE UNIQUE INDEX message_queue_idempotency ON message_queue (user_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX message_queue_content ON message_queue (user_id, content_hash, created_at)
  WHERE content_hash IS NOT NULL;
CREATE INDEX message_queue_supersede ON message_queue (user_id, supersede_key)
  WHERE status = 'queued' AND supersede_key IS NOT NULL;

-- Everybody has a budget row from the start: it is the lock that posts and passes share.
INSERT INTO user_message_budget (user_id) SELECT id FROM users ON CONFLICT DO NOTHING;

CREATE FUNCTION users_inserted() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO user_message_budget (user_id) SELECT id FROM inserted ORDER BY id ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER users_inserted AFTER INSERT ON users
REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION users_inserted();

-- The least identifier that uuid_v7() can make at an instant: a range of identifiers is a range of time.
CREATE FUNCTION uuid_v7_floor(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- What happened to one user, in time.
CREATE INDEX agent_actions_log_user ON agent_actions_log (user_id, id);
