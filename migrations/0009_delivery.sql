-- From a pending row to a person's phone: waiting, tries, and what providers tell.

ALTER TABLE messages
  ADD COLUMN attempted_at    timestamptz,  -- when the last attempt began
  ADD COLUMN next_attempt_at timestamptz,  -- pending: not sent before, null: at once; unknown: when it is looked into
  ADD COLUMN waiting_for     text CHECK (waiting_for IN ('quiet_hours', 'retry')), -- pending, until next_attempt_at
  ADD COLUMN look_ups        integer NOT NULL DEFAULT 0,     -- times the provider was asked about it
  ADD COLUMN resent          boolean NOT NULL DEFAULT false; -- went once more, its fate being unknown

-- What may go, oldest first; apart from what waits, so that a night's messages cost nothing before the morning.
DROP INDEX messages_pending;
CREATE INDEX messages_pending ON messages (created_at, id)
  WHERE direction = 'outbound' AND status = 'pending' AND next_attempt_at IS NULL;
CREATE INDEX messages_waiting ON messages (next_attempt_at)
  WHERE direction = 'outbound' AND status = 'pending' AND next_attempt_at IS NOT NULL;
CREATE INDEX messages_unsettled ON messages (next_attempt_at)
  WHERE direction = 'outbound' AND status = 'unknown' AND next_attempt_at IS NOT NULL;

-- A person's messages go one after the other.
CREATE INDEX messages_line ON messages (user_id, created_at, id)
  WHERE direction = 'outbound' AND status = 'pending';
CREATE INDEX messages_in_flight ON messages (user_id)
  WHERE direction = 'outbound' AND status = 'sending';

-- Providers name messages by their own identifiers.
CREATE INDEX messages_provider ON messages (provider_message_id)
  WHERE provider_message_id IS NOT NULL;

-- What the night held is looked at anew when the person writes, or when their settings change.
CREATE FUNCTION wake_deliveries(who text) RETURNS void
LANGUAGE sql AS $$
  UPDATE messages SET next_attempt_at = NULL, waiting_for = NULL
  WHERE user_id = who AND direction = 'outbound' AND status = 'pending' AND waiting_for = 'quiet_hours'
$$;

CREATE FUNCTION messages_inbound_wakes_deliveries() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wake_deliveries(NEW.user_id);
  RETURN NULL;
END $$;

-- Triggers of one event run in the order of their names: these two after those that lock the budget rows.
CREATE TRIGGER messages_inbound_wakes_deliveries AFTER INSERT ON messages
FOR EACH ROW WHEN (NEW.direction = 'inbound')
EXECUTE FUNCTION messages_inbound_wakes_deliveries();

CREATE FUNCTION users_edited_wakes_deliveries() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wake_deliveries(changed.id)
  FROM (SELECT now_row.id
        FROM after_edit AS now_row JOIN before_edit AS then_row USING (id)
        WHERE (now_row.timezone, now_row.quiet_hours_start, now_row.quiet_hours_end, now_row.quiet_hours_enabled,
               now_row.opted_out_at)
              IS DISTINCT FROM
              (then_row.timezone, then_row.quiet_hours_start, then_row.quiet_hours_end, then_row.quiet_hours_enabled,
               then_row.opted_out_at)
        ORDER BY now_row.id) AS changed;
  RETURN NULL;
END $$;

CREATE TRIGGER users_edited_wakes_deliveries AFTER UPDATE ON users
REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit
FOR EACH STATEMENT EXECUTE FUNCTION users_edited_wakes_deliveries();

-- Whoever has written is answered before a morning's backlog.
CREATE INDEX messages_replies ON messages (created_at, id)
  WHERE direction = 'outbound' AND status = 'pending' AND purpose IS NOT NULL;
