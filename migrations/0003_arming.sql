-- Whoever writes the rows, they work: every write that may let a message go sooner sets the alarm of its
-- user. All of it locks the user's row of user_message_budget, because a pass that holds the row may be
-- about to overwrite the alarm without having seen the write. Several users are locked in order of their ids.

-- Sets each user's alarm to the earlier of the present one and `due`, but not before the gate opens.
CREATE FUNCTION arm_users(who text[], due timestamptz[], is_express boolean[]) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO user_message_budget AS budget (user_id, next_attempt_at, express)
  SELECT arming.user_id, arming.due, arming.is_express
  FROM unnest(who, due, is_express) AS arming (user_id, due, is_express)
  ORDER BY arming.user_id
  ON CONFLICT (user_id) DO UPDATE
  SET next_attempt_at = least(budget.next_attempt_at, greatest(excluded.next_attempt_at, budget.blocked_until)),
      express = budget.express OR excluded.express
  WHERE budget.next_attempt_at IS NULL
     OR budget.next_attempt_at > greatest(excluded.next_attempt_at, budget.blocked_until)
     OR excluded.express > budget.express
$$;

-- Forgets the gates: whatever waits for these users is looked at anew, by the next full pass or at once.
CREATE FUNCTION reopen_gates(who text[], at_once boolean) RETURNS void
LANGUAGE sql AS $$
  UPDATE user_message_budget AS budget
  SET next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR (at_once AND budget.next_attempt_at IS NOT NULL),
      blocked_until = NULL,
      blocked_by = NULL
  FROM (SELECT user_id FROM user_message_budget
        WHERE user_id = ANY (who) ORDER BY user_id FOR NO KEY UPDATE) AS locked
  WHERE budget.user_id = locked.user_id
$$;

CREATE FUNCTION message_queue_inserted() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(array_agg(user_id), array_agg(due), array_agg(is_express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS is_express
        FROM inserted WHERE status = 'queued' GROUP BY user_id) AS arming
  HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER message_queue_inserted AFTER INSERT ON message_queue
REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION message_queue_inserted();

CREATE FUNCTION message_queue_edited() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for], ARRAY[NEW.priority <= 'high']);
  RETURN NULL;
END $$;

-- By row, because a pass updates this table all the time and WHEN costs it next to nothing, while a
-- statement's transition tables would copy every row.
CREATE TRIGGER message_queue_edited AFTER UPDATE OF user_id, priority, status, scheduled_for ON message_queue
FOR EACH ROW
WHEN (NEW.status = 'queued'
      AND (OLD.status, OLD.scheduled_for, OLD.priority, OLD.user_id)
          IS DISTINCT FROM (NEW.status, NEW.scheduled_for, NEW.priority, NEW.user_id))
EXECUTE FUNCTION message_queue_edited();

-- A state only moves forward: nobody is texted the same message twice.
CREATE FUNCTION message_queue_sent() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'message % has been sent and stays so', OLD.id
    USING ERRCODE = 'invalid_parameter_value', HINT = 'To send it again, insert a new row.';
END $$;

CREATE TRIGGER message_queue_sent BEFORE UPDATE OF status ON message_queue
FOR EACH ROW WHEN (OLD.status = 'sent' AND NEW.status <> 'sent')
EXECUTE FUNCTION message_queue_sent();

-- The person wrote: whatever quiet hours or the hourly limit held may go.
CREATE FUNCTION messages_inbound() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO user_message_budget AS budget (user_id, last_inbound_at)
  VALUES (NEW.user_id, NEW.created_at)
  ON CONFLICT (user_id) DO UPDATE
  SET last_inbound_at = greatest(budget.last_inbound_at, excluded.last_inbound_at);
  PERFORM reopen_gates(ARRAY[NEW.user_id], at_once => true);
  RETURN NULL;
END $$;

CREATE TRIGGER messages_inbound AFTER INSERT ON messages
FOR EACH ROW WHEN (NEW.direction = 'inbound')
EXECUTE FUNCTION messages_inbound();

-- A person's settings or consent changed.
CREATE FUNCTION users_edited() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reopen_gates(array_agg(now_row.id), at_once => false)
  FROM after_edit AS now_row JOIN before_edit AS then_row USING (id)
  WHERE (now_row.timezone, now_row.quiet_hours_start, now_row.quiet_hours_end, now_row.quiet_hours_enabled,
         now_row.daily_limit, now_row.hourly_limit, now_row.response_pattern, now_row.opted_out_at)
        IS DISTINCT FROM
        (then_row.timezone, then_row.quiet_hours_start, then_row.quiet_hours_end, then_row.quiet_hours_enabled,
         then_row.daily_limit, then_row.hourly_limit, then_row.response_pattern, then_row.opted_out_at)
  HAVING count(*) > 0;

  -- Everything that waits for whoever opts out is cancelled, also what has no alarm.
  UPDATE user_message_budget AS budget SET next_attempt_at = '-infinity'
  FROM after_edit AS now_row JOIN before_edit AS then_row USING (id)
  WHERE budget.user_id = now_row.id AND now_row.opted_out_at IS NOT NULL AND then_row.opted_out_at IS NULL;
  RETURN NULL;
END $$;

CREATE TRIGGER users_edited AFTER UPDATE ON users
REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit
FOR EACH STATEMENT EXECUTE FUNCTION users_edited();
