-- What a row sets off, whichever program writes it. The functions run with the rights of the schema's owner, so that
-- a role that may write the row needs no further rights.

-- The logical shard of a row, and its id, if it names none. The conditions call no function, because a role that may
-- insert need not be allowed to call any.
CREATE OR REPLACE FUNCTION orchestrator.set_shard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.user_id);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION orchestrator.set_shard_and_id() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.user_id);
  NEW.id := coalesce(NEW.id, orchestrator.uuid_v7(NEW.shard));
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION orchestrator.set_shard_of_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.id);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION orchestrator.set_shard_of_address() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  NEW.shard := orchestrator.shard_of(NEW.address);
  RETURN NEW;
END $$;

-- Whatever shard the row names: the foreign keys of the other tables see to theirs.
CREATE OR REPLACE TRIGGER users_shard BEFORE INSERT ON orchestrator.users
FOR EACH ROW EXECUTE FUNCTION orchestrator.set_shard_of_user();

CREATE OR REPLACE TRIGGER user_addresses_shard BEFORE INSERT ON orchestrator.user_addresses
FOR EACH ROW WHEN (NEW.shard IS NULL) EXECUTE FUNCTION orchestrator.set_shard_of_address();

CREATE OR REPLACE TRIGGER user_message_budget_shard BEFORE INSERT ON orchestrator.user_message_budget
FOR EACH ROW WHEN (NEW.shard IS NULL) EXECUTE FUNCTION orchestrator.set_shard();

CREATE OR REPLACE TRIGGER inbound_contacts_shard BEFORE INSERT ON orchestrator.inbound_contacts
FOR EACH ROW WHEN (NEW.shard IS NULL) EXECUTE FUNCTION orchestrator.set_shard();

CREATE OR REPLACE TRIGGER message_queue_shard BEFORE INSERT ON orchestrator.message_queue
FOR EACH ROW WHEN (NEW.shard IS NULL OR NEW.id IS NULL) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE OR REPLACE TRIGGER llm_work_shard BEFORE INSERT ON orchestrator.llm_work
FOR EACH ROW WHEN (NEW.shard IS NULL) EXECUTE FUNCTION orchestrator.set_shard();

CREATE OR REPLACE TRIGGER messages_shard BEFORE INSERT ON orchestrator.messages
FOR EACH ROW WHEN (NEW.shard IS NULL OR NEW.id IS NULL) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE OR REPLACE TRIGGER inbound_queue_shard BEFORE INSERT ON orchestrator.inbound_queue
FOR EACH ROW WHEN (NEW.shard IS NULL OR NEW.id IS NULL) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE OR REPLACE TRIGGER inbound_turns_shard BEFORE INSERT ON orchestrator.inbound_turns
FOR EACH ROW WHEN (NEW.shard IS NULL OR NEW.id IS NULL) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE OR REPLACE TRIGGER reformulation_requests_shard BEFORE INSERT ON orchestrator.reformulation_requests
FOR EACH ROW WHEN (NEW.shard IS NULL OR NEW.id IS NULL) EXECUTE FUNCTION orchestrator.set_shard_and_id();

CREATE OR REPLACE TRIGGER agent_actions_log_shard BEFORE INSERT ON orchestrator.agent_actions_log
FOR EACH ROW WHEN (NEW.shard IS NULL OR NEW.id IS NULL) EXECUTE FUNCTION orchestrator.set_shard_and_id();

-- A row that is given to another user moves to the shard of that user, in a second update: a trigger before updates would
-- read and lock each row once more in every update, also of other columns.
CREATE OR REPLACE FUNCTION orchestrator.row_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %s SET shard = orchestrator.shard_of(user_id) WHERE shard = $1 AND id = $2', TG_RELID::regclass)
  USING NEW.shard, NEW.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orchestrator.message_queue_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  PERFORM orchestrator.check_message(orchestrator.shard_of(NEW.user_id), NEW.user_id, NEW.sequence_id,
                                     NEW.sequence_position, NEW.sequence_total);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER message_queue_changed
AFTER UPDATE OF user_id, sequence_id, sequence_position, sequence_total ON orchestrator.message_queue
FOR EACH ROW
WHEN ((NEW.user_id, NEW.sequence_id, NEW.sequence_position, NEW.sequence_total)
      IS DISTINCT FROM (OLD.user_id, OLD.sequence_id, OLD.sequence_position, OLD.sequence_total))
EXECUTE FUNCTION orchestrator.message_queue_changed();

-- Triggers fire in the order of their names: the others of this table find the row where it was.
CREATE OR REPLACE TRIGGER message_queue_moved AFTER UPDATE OF user_id ON orchestrator.message_queue
FOR EACH ROW WHEN (NEW.user_id <> OLD.user_id) EXECUTE FUNCTION orchestrator.row_moved();

CREATE OR REPLACE TRIGGER messages_moved AFTER UPDATE OF user_id ON orchestrator.messages
FOR EACH ROW WHEN (NEW.user_id <> OLD.user_id) EXECUTE FUNCTION orchestrator.row_moved();

CREATE OR REPLACE FUNCTION orchestrator.users_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  INSERT INTO orchestrator.user_message_budget (shard, user_id)
  SELECT shard, id FROM inserted ORDER BY id ON CONFLICT DO NOTHING;
  PERFORM orchestrator.claim_addresses(array_agg(phone_number), array_agg(id))
  FROM inserted WHERE phone_number IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER users_inserted AFTER INSERT ON orchestrator.users
REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.users_inserted();

CREATE OR REPLACE FUNCTION orchestrator.users_renumbered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  DELETE FROM orchestrator.user_addresses
  WHERE shard = orchestrator.shard_of(OLD.phone_number) AND address = OLD.phone_number AND user_id = OLD.id;
  PERFORM orchestrator.claim_addresses(ARRAY[NEW.phone_number], ARRAY[NEW.id]) WHERE NEW.phone_number IS NOT NULL;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER users_renumbered AFTER UPDATE OF phone_number ON orchestrator.users
FOR EACH ROW WHEN (NEW.phone_number IS DISTINCT FROM OLD.phone_number)
EXECUTE FUNCTION orchestrator.users_renumbered();

CREATE OR REPLACE FUNCTION orchestrator.users_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  DELETE FROM orchestrator.user_addresses AS address
  USING deleted CROSS JOIN unnest(orchestrator.shards()) AS s (shard)
  WHERE address.shard = s.shard AND address.user_id = deleted.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER users_deleted AFTER DELETE ON orchestrator.users
REFERENCING OLD TABLE AS deleted
FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.users_deleted();

-- A user with messages stays: message_queue has no foreign key.
CREATE OR REPLACE FUNCTION orchestrator.users_with_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  -- Writers of messages hold this lock until they commit.
  PERFORM FROM orchestrator.user_message_budget WHERE shard = OLD.shard AND user_id = OLD.id FOR UPDATE;
  IF EXISTS (SELECT FROM orchestrator.message_queue WHERE shard = OLD.shard AND user_id = OLD.id) THEN
    RAISE EXCEPTION 'user "%" has messages in message_queue', OLD.id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Delete the messages first.';
  END IF;
  RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER users_with_messages BEFORE DELETE ON orchestrator.users
FOR EACH ROW EXECUTE FUNCTION orchestrator.users_with_messages();

-- Settings that rules depend on have changed.
CREATE OR REPLACE FUNCTION orchestrator.users_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  PERFORM orchestrator.reopen_gates(array_agg(new_row.id), at_once => false)
  FROM after_edit AS new_row JOIN before_edit AS old_row USING (shard, id)
  WHERE (new_row.timezone, new_row.quiet_hours_start, new_row.quiet_hours_end, new_row.quiet_hours_enabled,
         new_row.daily_limit, new_row.hourly_limit, new_row.response_pattern, new_row.opted_out_at)
        IS DISTINCT FROM
        (old_row.timezone, old_row.quiet_hours_start, old_row.quiet_hours_end, old_row.quiet_hours_enabled,
         old_row.daily_limit, old_row.hourly_limit, old_row.response_pattern, old_row.opted_out_at)
  HAVING count(*) > 0;

  -- All messages of a user who opts out are cancelled, also when no attempt is due.
  UPDATE orchestrator.user_message_budget AS budget SET next_attempt_at = '-infinity'
  FROM after_edit AS new_row JOIN before_edit AS old_row USING (shard, id)
  WHERE budget.shard = new_row.shard AND budget.user_id = new_row.id
    AND new_row.opted_out_at IS NOT NULL AND old_row.opted_out_at IS NULL;

  PERFORM orchestrator.wake_deliveries(changed.id)
  FROM (SELECT new_row.id
        FROM after_edit AS new_row JOIN before_edit AS old_row USING (shard, id)
        WHERE (new_row.timezone, new_row.quiet_hours_start, new_row.quiet_hours_end, new_row.quiet_hours_enabled,
               new_row.opted_out_at)
              IS DISTINCT FROM
              (old_row.timezone, old_row.quiet_hours_start, old_row.quiet_hours_end, old_row.quiet_hours_enabled,
               old_row.opted_out_at)
        ORDER BY new_row.id) AS changed;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER users_edited AFTER UPDATE ON orchestrator.users
REFERENCING OLD TABLE AS before_edit NEW TABLE AS after_edit
FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.users_edited();

-- What constraints would check at a price that each message would pay; submit_messages needs no check.
CREATE OR REPLACE FUNCTION orchestrator.check_message(shard smallint, user_id text, sequence_id text,
                                                      sequence_position integer, sequence_total integer) RETURNS void
LANGUAGE plpgsql SET search_path = orchestrator, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM orchestrator.users
                 WHERE users.shard = check_message.shard AND users.id = check_message.user_id) THEN
    RAISE EXCEPTION 'unknown_user: there is no user "%"', check_message.user_id
      USING ERRCODE = 'foreign_key_violation', HINT = 'Insert the user into users first.';
  END IF;
  IF num_nulls(sequence_id, sequence_position, sequence_total) NOT IN (0, 3)
     OR sequence_position NOT BETWEEN 1 AND sequence_total THEN
    RAISE EXCEPTION 'a part of a sequence has sequence_id, sequence_position and sequence_total, and its position is '
                    'between 1 and the total'
      USING ERRCODE = 'check_violation';
  END IF;
END $$;

-- arm_users has locked the users' rows of user_message_budget before the rest runs, so that of two writers the later
-- sees what the earlier did.
CREATE OR REPLACE FUNCTION orchestrator.message_queue_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  PERFORM orchestrator.check_message(shard, user_id, sequence_id, sequence_position, sequence_total) FROM inserted;

  PERFORM orchestrator.arm_users(array_agg(user_id), array_agg(due), array_agg(express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS express
        FROM inserted WHERE status IN ('queued', 'approved') GROUP BY user_id) AS arming
  HAVING count(*) > 0;

  IF EXISTS (SELECT FROM inserted WHERE sequence_id IS NOT NULL) THEN
    PERFORM orchestrator.refresh_sequences(array_agg(user_id), array_agg(sequence_id))
    FROM inserted WHERE sequence_id IS NOT NULL;
  END IF;

  IF EXISTS (SELECT FROM inserted WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')) THEN
    -- Of several new messages with one key the last supersedes the others; rows that existed before are older.
    WITH newest AS (
      SELECT DISTINCT ON (user_id, supersede_key) shard, user_id, supersede_key, id, sequence_id, agent_id
      FROM inserted
      WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')
        AND coalesce(sequence_position, 1) = 1
      ORDER BY user_id, supersede_key, id DESC
    ), superseded AS (
      UPDATE orchestrator.message_queue AS earlier
      SET status = 'superseded', superseded_by_message_id = newest.id, superseded_reason = 'superseded',
          status_reason = 'superseded'
      FROM newest
      WHERE earlier.shard = newest.shard AND earlier.user_id = newest.user_id
        AND earlier.supersede_key = newest.supersede_key
        AND earlier.status IN ('queued', 'approved') AND earlier.id <> newest.id
        AND (earlier.sequence_id IS NULL OR earlier.sequence_id IS DISTINCT FROM newest.sequence_id)
        AND (earlier.id < newest.id
             OR NOT EXISTS (SELECT FROM inserted WHERE inserted.shard = earlier.shard AND inserted.id = earlier.id))
      RETURNING earlier.shard, earlier.user_id, earlier.id, newest.id AS newer_id, earlier.agent_id, earlier.priority
    ), counted AS (
      INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
      SELECT min(shard), date_trunc('minute', now()), agent_id, priority, 'superseded', 'superseded', pg_backend_pid(),
             count(*)
      FROM superseded GROUP BY agent_id, priority
      ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
      SET messages = counts.messages + excluded.messages
    )
    INSERT INTO orchestrator.agent_actions_log (shard, id, agent_type, action_type, user_id, input_data, output_data)
    SELECT shard, orchestrator.uuid_v7(shard), 'message_orchestrator', 'superseded', user_id,
           jsonb_build_object('message_id', id), jsonb_build_object('reason', 'superseded', 'superseded_by', newer_id)
    FROM superseded;
  END IF;

  INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
  SELECT min(shard), date_trunc('minute', created_at), agent_id, priority, 'scheduled', '', pg_backend_pid(), count(*)
  FROM inserted GROUP BY 2, agent_id, priority
  ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
  SET messages = counts.messages + excluded.messages;
  RETURN NULL;
END $$;

-- submit_messages sets orchestrator.is_armed when it has done this itself.
CREATE OR REPLACE TRIGGER message_queue_inserted AFTER INSERT ON orchestrator.message_queue
REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT WHEN (current_setting('orchestrator.is_armed', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION orchestrator.message_queue_inserted();

-- A part that returns, or moves to another sequence, may complete its sequence or break it. What the LLM is asked, or
-- has answered, concerns one user; an answer approves the message, so one that is queued again has none.
CREATE OR REPLACE FUNCTION orchestrator.message_queue_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  DELETE FROM orchestrator.llm_work
  WHERE shard = OLD.shard AND message_id = OLD.id
    AND (user_id <> NEW.user_id OR question IS NULL AND NEW.status = 'queued');
  UPDATE orchestrator.llm_work SET priority = NEW.priority
  WHERE shard = NEW.shard AND message_id = NEW.id AND priority <> NEW.priority;

  PERFORM orchestrator.arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for], ARRAY[NEW.priority <= 'high']);
  IF NEW.sequence_id IS NOT NULL THEN
    PERFORM orchestrator.refresh_sequences(ARRAY[NEW.user_id], ARRAY[NEW.sequence_id]);
  ELSIF NOT NEW.ready THEN  -- it may have been a part, and is now a message by itself
    UPDATE orchestrator.message_queue SET ready = true
    WHERE shard = NEW.shard AND id = NEW.id
      AND NOT EXISTS (SELECT FROM orchestrator.llm_work
                      WHERE shard = NEW.shard AND message_id = NEW.id AND question IS NOT NULL);
  END IF;
  IF OLD.sequence_id IS NOT NULL AND OLD.sequence_id IS DISTINCT FROM NEW.sequence_id THEN
    PERFORM orchestrator.refresh_sequences(ARRAY[OLD.user_id], ARRAY[OLD.sequence_id]);
  END IF;
  RETURN NULL;
END $$;

-- By row, because passes update this table all the time: WHEN costs them next to nothing, while the transition tables
-- of a statement would copy every row.
CREATE OR REPLACE TRIGGER message_queue_edited
AFTER UPDATE OF user_id, priority, status, scheduled_for, can_delay, sequence_id, sequence_position,
                sequence_total ON orchestrator.message_queue
FOR EACH ROW
WHEN (NEW.status IN ('queued', 'approved')
      AND (OLD.status, OLD.scheduled_for, OLD.priority, OLD.user_id, OLD.can_delay, OLD.sequence_id,
           OLD.sequence_position, OLD.sequence_total)
          IS DISTINCT FROM (NEW.status, NEW.scheduled_for, NEW.priority, NEW.user_id, NEW.can_delay, NEW.sequence_id,
                            NEW.sequence_position, NEW.sequence_total))
EXECUTE FUNCTION orchestrator.message_queue_edited();

-- A message that ends, or is deleted, has no further work for the LLM. The conditions exclude every message that the
-- LLM was never asked about, except parts of sequences.
CREATE OR REPLACE FUNCTION orchestrator.message_queue_left_llm() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  DELETE FROM orchestrator.llm_work WHERE shard = OLD.shard AND message_id = OLD.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER message_queue_left_llm AFTER UPDATE OF status ON orchestrator.message_queue
FOR EACH ROW
WHEN ((OLD.status = 'approved' OR OLD.status = 'queued' AND NOT OLD.ready) AND NEW.status NOT IN ('queued', 'approved'))
EXECUTE FUNCTION orchestrator.message_queue_left_llm();

CREATE OR REPLACE TRIGGER message_queue_deleted AFTER DELETE ON orchestrator.message_queue
FOR EACH ROW WHEN (OLD.status = 'approved' OR OLD.status = 'queued' AND NOT OLD.ready)
EXECUTE FUNCTION orchestrator.message_queue_left_llm();

CREATE OR REPLACE FUNCTION orchestrator.message_queue_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  DELETE FROM orchestrator.llm_work;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER message_queue_truncated AFTER TRUNCATE ON orchestrator.message_queue
FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.message_queue_truncated();

-- A message that the LLM is no longer asked about returns to the queue, unless it has ended. It, and others of its user
-- that waited behind it, could be sent when the LLM was asked: they do not wait for the next full pass.
CREATE OR REPLACE FUNCTION orchestrator.llm_work_finished() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  PERFORM orchestrator.arm_users(ARRAY[OLD.user_id], ARRAY[timestamptz '-infinity'], ARRAY[true]);
  UPDATE orchestrator.message_queue SET ready = true
  WHERE shard = OLD.shard AND id = OLD.message_id AND status IN ('queued', 'approved') AND sequence_id IS NULL;
  PERFORM orchestrator.refresh_sequences(ARRAY[user_id], ARRAY[sequence_id])
  FROM orchestrator.message_queue
  WHERE shard = OLD.shard AND id = OLD.message_id AND status IN ('queued', 'approved') AND sequence_id IS NOT NULL;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER llm_work_answered AFTER UPDATE OF question ON orchestrator.llm_work
FOR EACH ROW WHEN (OLD.question IS NOT NULL AND NEW.question IS NULL)
EXECUTE FUNCTION orchestrator.llm_work_finished();

CREATE OR REPLACE TRIGGER llm_work_deleted AFTER DELETE ON orchestrator.llm_work
FOR EACH ROW WHEN (OLD.question IS NOT NULL)
EXECUTE FUNCTION orchestrator.llm_work_finished();

CREATE OR REPLACE FUNCTION orchestrator.message_queue_sent() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'message % has been sent and stays so', OLD.id
    USING ERRCODE = 'invalid_parameter_value', HINT = 'To send it again, insert a new row.';
END $$;

CREATE OR REPLACE TRIGGER message_queue_sent AFTER UPDATE OF status ON orchestrator.message_queue
FOR EACH ROW WHEN (OLD.status = 'sent' AND NEW.status <> 'sent')
EXECUTE FUNCTION orchestrator.message_queue_sent();

-- An inbound message makes its user active: gates open, and deliveries that wait for the morning are checked again.
CREATE OR REPLACE FUNCTION orchestrator.messages_inbound() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orchestrator, pg_temp AS $$
BEGIN
  INSERT INTO orchestrator.user_message_budget AS budget (shard, user_id, last_inbound_at)
  VALUES (NEW.shard, NEW.user_id, NEW.created_at)
  ON CONFLICT (shard, user_id) DO UPDATE  -- the gate as reopen_gates does it, in one write
  SET last_inbound_at = greatest(budget.last_inbound_at, excluded.last_inbound_at),
      next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR budget.next_attempt_at IS NOT NULL,
      blocked_until = NULL,
      blocked_by = NULL;
  PERFORM orchestrator.wake_deliveries(NEW.user_id);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER messages_inbound AFTER INSERT ON orchestrator.messages
FOR EACH ROW WHEN (NEW.direction = 'inbound')
EXECUTE FUNCTION orchestrator.messages_inbound();
