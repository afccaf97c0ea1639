-- When users are evaluated next. Every function here locks the users' rows of user_message_budget, because a pass
-- that has locked such a row may be about to overwrite next_attempt_at without having seen the write. Several users
-- are locked in the order of their ids. PL/pgSQL, because it keeps its plans for the session: a function in SQL is
-- planned again by every statement that calls it, which takes longer than its work.

-- Sets each user's next attempt to the earlier of the present one and `due`, but not before the gate opens. Writes the
-- rows in any case: their versions tell submit_messages() that something may have become due.
CREATE OR REPLACE FUNCTION orchestrator.arm_users(user_ids text[], due timestamptz[], express boolean[]) RETURNS void
LANGUAGE plpgsql SET search_path = orchestrator, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO orchestrator.user_message_budget AS budget (shard, user_id, next_attempt_at, express)
  SELECT orchestrator.shard_of(arming.user_id), arming.user_id, arming.due, arming.express
  FROM unnest(arm_users.user_ids, arm_users.due, arm_users.express) AS arming (user_id, due, express)
  ORDER BY arming.user_id
  ON CONFLICT (shard, user_id) DO UPDATE
  SET next_attempt_at = least(budget.next_attempt_at, greatest(excluded.next_attempt_at, budget.blocked_until)),
      express = budget.express OR excluded.express;
END $$;

-- Clears the gates: the messages of these users are evaluated again, by the next full pass or at once.
CREATE OR REPLACE FUNCTION orchestrator.reopen_gates(user_ids text[], at_once boolean) RETURNS void
LANGUAGE plpgsql SET search_path = orchestrator, pg_temp AS $$
BEGIN
  UPDATE orchestrator.user_message_budget AS budget
  SET next_attempt_at = CASE WHEN budget.next_attempt_at IS NOT NULL THEN timestamptz '-infinity' END,
      express = budget.express OR (at_once AND budget.next_attempt_at IS NOT NULL),
      blocked_until = NULL,
      blocked_by = NULL
  FROM (SELECT gate.shard, gate.user_id
        FROM unnest(user_ids) AS named (user_id)
        JOIN orchestrator.user_message_budget AS gate
          ON gate.shard = orchestrator.shard_of(named.user_id) AND gate.user_id = named.user_id
        ORDER BY gate.user_id FOR NO KEY UPDATE OF gate) AS locked
  WHERE budget.shard = locked.shard AND budget.user_id = locked.user_id;
END $$;

-- Puts the first parts of these sequences into the queue if all parts are there, and takes them out if not. A part that
-- the LLM is asked about stays out: its answer calls this function again.
CREATE OR REPLACE FUNCTION orchestrator.refresh_sequences(user_ids text[], sequence_ids text[]) RETURNS void
LANGUAGE plpgsql SET search_path = orchestrator, pg_temp AS $$
BEGIN
  WITH named AS (
    SELECT DISTINCT orchestrator.shard_of(user_id) AS shard, user_id, sequence_id
    FROM unnest(user_ids, sequence_ids) AS given (user_id, sequence_id)
  ), judged AS (
    SELECT part.shard, part.user_id, part.sequence_id,
           count(*) = max(part.sequence_total)
             AND count(CASE WHEN NOT part.ready
                            THEN (SELECT work.question FROM orchestrator.llm_work AS work
                                  WHERE work.shard = part.shard AND work.message_id = part.id) END) = 0 AS is_in_queue
    FROM named JOIN orchestrator.message_queue AS part USING (shard, user_id, sequence_id)
    WHERE part.status IN ('queued', 'approved')
    GROUP BY part.shard, part.user_id, part.sequence_id
  )
  UPDATE orchestrator.message_queue AS part
  SET ready = judged.is_in_queue AND part.sequence_position = 1
  FROM judged
  WHERE part.shard = judged.shard AND part.user_id = judged.user_id AND part.sequence_id = judged.sequence_id
    AND part.status IN ('queued', 'approved')
    AND part.ready <> (judged.is_in_queue AND part.sequence_position = 1);

  PERFORM orchestrator.arm_users(array_agg(first.user_id), array_agg(first.scheduled_for),
                                 array_agg(first.priority <= 'high'))
  FROM (SELECT DISTINCT ON (part.user_id) part.user_id, part.scheduled_for, part.priority
        FROM unnest(user_ids, sequence_ids) AS named (user_id, sequence_id)
        JOIN orchestrator.message_queue AS part
          ON part.shard = orchestrator.shard_of(named.user_id) AND part.user_id = named.user_id
             AND part.sequence_id = named.sequence_id
        WHERE part.status IN ('queued', 'approved') AND part.ready
        ORDER BY part.user_id, part.scheduled_for) AS first
  HAVING count(*) > 0;
END $$;

-- Messages that wait for the end of quiet hours are checked again, because the user wrote or was edited.
CREATE OR REPLACE FUNCTION orchestrator.wake_deliveries(user_id text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE orchestrator.messages AS message SET next_attempt_at = NULL, waiting_for = NULL
  WHERE message.shard = orchestrator.shard_of(wake_deliveries.user_id) AND message.user_id = wake_deliveries.user_id
    AND message.direction = 'outbound' AND message.status = 'pending' AND message.waiting_for = 'quiet_hours';
END $$;
