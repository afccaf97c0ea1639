-- Messages that the LLM is asked about before they go: whether they still fit, or how they would read.

ALTER TABLE message_queue
  -- Is with the LLM, and out of line until it has answered.
  ADD COLUMN awaiting text CHECK (awaiting IN ('relevance', 'rendering')),
  ADD COLUMN render_due_at timestamptz,                   -- when it is to be asked; once it is, the lease's end
  ADD COLUMN render_token uuid,                           -- fences the call that is under way
  ADD COLUMN render_attempts integer NOT NULL DEFAULT 0,  -- calls since it left the line
  -- What the person wrote until then is taken into account; null: created_at.
  ADD COLUMN context_as_of timestamptz,
  ADD COLUMN context_checks integer NOT NULL DEFAULT 0;   -- how often its relevance was judged

-- What stands in line, approved or not.
DROP INDEX message_queue_head;
CREATE INDEX message_queue_head ON message_queue (user_id, priority, delayable, scheduled_for, id)
  WHERE status IN ('queued', 'approved') AND ready AND awaiting IS NULL;
DROP INDEX message_queue_expiry;
CREATE INDEX message_queue_expiry ON message_queue (expires_at)
  WHERE status IN ('queued', 'approved') AND expires_at IS NOT NULL;
DROP INDEX message_queue_supersede;
CREATE INDEX message_queue_supersede ON message_queue (user_id, supersede_key)
  WHERE status IN ('queued', 'approved') AND supersede_key IS NOT NULL;
DROP INDEX message_queue_parts;
CREATE INDEX message_queue_parts ON message_queue (user_id, sequence_id)
  WHERE status IN ('queued', 'approved') AND NOT ready;

-- What is with the LLM: of one user, and in the order in which it is asked.
CREATE INDEX message_queue_awaiting ON message_queue (user_id, priority)
  WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL;
CREATE INDEX message_queue_render_due ON message_queue (render_due_at)
  WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL;
CREATE INDEX message_queue_render_express ON message_queue (render_due_at)
  WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL AND priority <= 'high';

-- What a person wrote, in time.
CREATE INDEX messages_said ON messages (user_id, created_at) WHERE direction = 'inbound';

-- A message that the person's own words have overtaken: its agent may write a better one.
CREATE TABLE reformulation_requests (
  id              uuid NOT NULL DEFAULT uuid_v7(),
  user_id         text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  message_id      uuid NOT NULL,                          -- message_queue.id; of a sequence, its first part
  agent_id        text NOT NULL,
  conversation_id text,
  original        text,                                   -- what would have been said; null: it was not rendered
  message_data    jsonb NOT NULL,
  said            jsonb NOT NULL,                         -- since it was queued: [{"at", "text"}], oldest first
  explanation     text,                                   -- the LLM's
  created_at      timestamptz NOT NULL DEFAULT now(),
  done_at         timestamptz,                            -- its agent has taken it up
  PRIMARY KEY (id, user_id)
);

CREATE INDEX reformulation_requests_open ON reformulation_requests (id) WHERE done_at IS NULL;

CREATE OR REPLACE FUNCTION refresh_sequences(who text[], which text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  WITH named AS (
    SELECT DISTINCT user_id, sequence_id FROM unnest(who, which) AS named (user_id, sequence_id)
  ), judged AS (
    SELECT part.user_id, part.sequence_id, count(*) = max(part.sequence_total) AS is_complete
    FROM named JOIN message_queue AS part USING (user_id, sequence_id)
    WHERE part.status IN ('queued', 'approved')
    GROUP BY part.user_id, part.sequence_id
  )
  UPDATE message_queue AS part
  SET ready = judged.is_complete AND part.sequence_position = 1
  FROM judged
  WHERE part.user_id = judged.user_id AND part.sequence_id = judged.sequence_id
    AND part.status IN ('queued', 'approved')
    AND part.ready <> (judged.is_complete AND part.sequence_position = 1);

  PERFORM arm_users(array_agg(first.user_id), array_agg(first.scheduled_for),
                    array_agg(first.priority <= 'high'))
  FROM (SELECT DISTINCT ON (part.user_id) part.user_id, part.scheduled_for, part.priority
        FROM unnest(who, which) AS named (user_id, sequence_id)
        JOIN message_queue AS part USING (user_id, sequence_id)
        WHERE part.status IN ('queued', 'approved') AND part.ready
        ORDER BY part.user_id, part.scheduled_for) AS first
  HAVING count(*) > 0;
END $$;

CREATE OR REPLACE FUNCTION message_queue_inserted() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(array_agg(user_id), array_agg(due), array_agg(is_express))
  FROM (SELECT user_id, min(scheduled_for) AS due, bool_or(priority <= 'high') AS is_express
        FROM inserted WHERE status IN ('queued', 'approved') GROUP BY user_id) AS arming
  HAVING count(*) > 0;

  IF EXISTS (SELECT FROM inserted WHERE sequence_id IS NOT NULL) THEN
    PERFORM refresh_sequences(array_agg(user_id), array_agg(sequence_id))
    FROM inserted WHERE sequence_id IS NOT NULL;
  END IF;

  IF EXISTS (SELECT FROM inserted WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')) THEN
    -- Of several new ones with one key the last counts; rows that were there before are older than any.
    WITH newest AS (
      SELECT DISTINCT ON (user_id, supersede_key) user_id, supersede_key, id, sequence_id, agent_id
      FROM inserted
      WHERE supersede_key IS NOT NULL AND status IN ('queued', 'approved')
        AND coalesce(sequence_position, 1) = 1
      ORDER BY user_id, supersede_key, id DESC
    ), superseded AS (
      UPDATE message_queue AS earlier
      SET status = 'superseded', superseded_by_message_id = newest.id, superseded_reason = 'superseded',
          status_reason = 'superseded'
      FROM newest
      WHERE earlier.user_id = newest.user_id AND earlier.supersede_key = newest.supersede_key
        AND earlier.status IN ('queued', 'approved') AND earlier.id <> newest.id
        AND (earlier.sequence_id IS NULL OR earlier.sequence_id IS DISTINCT FROM newest.sequence_id)
        AND (earlier.id < newest.id
             OR NOT EXISTS (SELECT FROM inserted WHERE inserted.id = earlier.id AND inserted.user_id = earlier.user_id))
      RETURNING earlier.user_id, earlier.id, newest.id AS newer_id
    )
    INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data)
    SELECT 'message_orchestrator', 'superseded', user_id, jsonb_build_object('message_id', id),
           jsonb_build_object('reason', 'superseded', 'superseded_by', newer_id)
    FROM superseded;
  END IF;
  RETURN NULL;
END $$;

-- What comes back from the LLM could go when it left: it does not wait for the next full pass.
CREATE OR REPLACE FUNCTION message_queue_edited() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for],
                    ARRAY[NEW.priority <= 'high' OR OLD.awaiting IS NOT NULL]);
  IF NEW.sequence_id IS NOT NULL THEN
    PERFORM refresh_sequences(ARRAY[NEW.user_id], ARRAY[NEW.sequence_id]);
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER message_queue_edited ON message_queue;
CREATE TRIGGER message_queue_edited
AFTER UPDATE OF user_id, priority, status, scheduled_for, awaiting ON message_queue
FOR EACH ROW
WHEN (NEW.status IN ('queued', 'approved') AND NEW.awaiting IS NULL
      AND (OLD.status, OLD.scheduled_for, OLD.priority, OLD.user_id, OLD.awaiting)
          IS DISTINCT FROM (NEW.status, NEW.scheduled_for, NEW.priority, NEW.user_id, NEW.awaiting))
EXECUTE FUNCTION message_queue_edited();

-- One that comes to its end with the LLM may have kept others of its person waiting.
CREATE FUNCTION message_queue_left_llm() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(ARRAY[OLD.user_id], ARRAY[timestamptz '-infinity'], ARRAY[true]);
  RETURN NULL;
END $$;

CREATE TRIGGER message_queue_left_llm AFTER UPDATE OF status ON message_queue
FOR EACH ROW
WHEN (OLD.awaiting IS NOT NULL AND OLD.status IN ('queued', 'approved') AND NEW.status NOT IN ('queued', 'approved'))
EXECUTE FUNCTION message_queue_left_llm();

CREATE TRIGGER message_queue_deleted AFTER DELETE ON message_queue
FOR EACH ROW WHEN (OLD.awaiting IS NOT NULL AND OLD.status IN ('queued', 'approved'))
EXECUTE FUNCTION message_queue_left_llm();

-- What is asked about on the other side of the LLM's door counts as waiting.
CREATE OR REPLACE VIEW queue_depth AS
SELECT lane,
       coalesce(line.waiting, 0) AS waiting,
       coalesce(line.due, 0) AS due,
       line.oldest_waiting_since,
       now() - line.oldest_waiting_since AS oldest_due_age,
       coalesce(extract(epoch FROM now() - line.oldest_waiting_since), 0) AS oldest_due_seconds
FROM unnest(enum_range(NULL::message_priority)) AS lane
LEFT JOIN (
  SELECT priority AS lane,
         count(*) AS waiting,
         count(*) FILTER (WHERE scheduled_for <= now()) AS due,
         min(scheduled_for) FILTER (WHERE scheduled_for <= now() AND isfinite(scheduled_for))
           AS oldest_waiting_since
  FROM (
    SELECT priority, scheduled_for FROM message_queue
    WHERE status IN ('queued', 'approved') AND ready AND awaiting IS NULL
    UNION ALL
    SELECT priority, scheduled_for FROM message_queue
    WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL
  ) AS waits
  GROUP BY priority
) AS line USING (lane)
ORDER BY lane;

CREATE OR REPLACE VIEW blocked_users AS
SELECT budget.user_id,
       budget.blocked_by,
       budget.blocked_until,
       line.waiting,
       budget.next_attempt_at
FROM user_message_budget AS budget
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting FROM message_queue AS queue
  WHERE queue.user_id = budget.user_id AND queue.status IN ('queued', 'approved') AND queue.ready
    AND queue.awaiting IS NULL
) AS line
WHERE budget.next_attempt_at IS NOT NULL AND budget.blocked_until > now();

CREATE OR REPLACE VIEW incomplete_sequences AS
SELECT user_id,
       sequence_id,
       count(*) AS parts_present,
       max(sequence_total) AS parts_total,
       min(created_at) AS first_seen
FROM message_queue AS part
WHERE status IN ('queued', 'approved') AND NOT ready
  -- The parts of a complete one wait behind its first, which stands in line.
  AND NOT EXISTS (
    SELECT FROM message_queue AS first
    WHERE first.user_id = part.user_id AND first.sequence_id = part.sequence_id
      AND first.sequence_position = 1 AND first.status IN ('queued', 'approved') AND first.ready)
GROUP BY user_id, sequence_id
ORDER BY first_seen;

CREATE OR REPLACE VIEW stuck_messages AS
SELECT line.id AS message_id,
       line.user_id,
       queue.agent_id,
       line.priority AS lane,
       line.scheduled_for,
       CASE WHEN isfinite(line.scheduled_for) THEN now() - line.scheduled_for END AS due_for,
       budget.next_attempt_at
FROM user_message_budget AS budget
JOIN message_queue AS line  -- as far as the index tells
  ON line.user_id = budget.user_id AND line.status IN ('queued', 'approved') AND line.ready
     AND line.awaiting IS NULL AND line.scheduled_for < now() - interval '5 minutes'
JOIN message_queue AS queue ON queue.id = line.id AND queue.user_id = line.user_id
WHERE budget.next_attempt_at IS NULL OR budget.next_attempt_at < now() - interval '5 minutes';

-- What is with the LLM, and why it takes long if it does.
CREATE VIEW awaiting_render AS
SELECT id AS message_id,
       user_id,
       agent_id,
       priority AS lane,
       awaiting AS question,
       render_attempts AS attempts,
       render_token IS NOT NULL AS being_asked,
       render_due_at AS due_at
FROM message_queue
WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL
ORDER BY render_due_at;

CREATE VIEW llm_use_per_day AS
SELECT created_at::date AS day,
       coalesce(model_used, 'none') AS model,
       action_type AS outcome,
       count(*) AS calls,
       coalesce(sum(input_tokens), 0) AS input_tokens,
       coalesce(sum(output_tokens), 0) AS output_tokens,
       coalesce(sum(cost_usd), 0) AS cost_usd,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency_ms
FROM agent_actions_log
WHERE id >= uuid_v7_floor(now() - interval '30 days 1 minute')
  AND agent_type = 'message_orchestrator' AND latency_ms IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 2, 3;

COMMENT ON VIEW awaiting_render IS 'Messages that are with the LLM; the rest of their people''s lines goes on.';
COMMENT ON COLUMN awaiting_render.message_id IS 'message_queue.id';
COMMENT ON COLUMN awaiting_render.user_id IS 'users.id';
COMMENT ON COLUMN awaiting_render.agent_id IS 'Whose it is.';
COMMENT ON COLUMN awaiting_render.lane IS 'Its lane.';
COMMENT ON COLUMN awaiting_render.question IS 'relevance: does it still fit? rendering: how would it read?';
COMMENT ON COLUMN awaiting_render.attempts IS 'Calls so far.';
COMMENT ON COLUMN awaiting_render.being_asked IS 'A call is under way.';
COMMENT ON COLUMN awaiting_render.due_at IS 'When the LLM is asked next; of a call under way, when it is given up.';

COMMENT ON VIEW llm_use_per_day IS 'Calls to the LLM of the last 30 days, by day of the session''s time zone.';
COMMENT ON COLUMN llm_use_per_day.day IS 'The calendar date.';
COMMENT ON COLUMN llm_use_per_day.model IS 'As the API names it; none: no answer came.';
COMMENT ON COLUMN llm_use_per_day.outcome IS 'rendered, relevance (was judged), or error.';
COMMENT ON COLUMN llm_use_per_day.calls IS 'Messages asked about; a text that had to be shortened counts once.';
COMMENT ON COLUMN llm_use_per_day.input_tokens IS 'As billed.';
COMMENT ON COLUMN llm_use_per_day.output_tokens IS 'As billed.';
COMMENT ON COLUMN llm_use_per_day.cost_usd IS 'At list prices; 0 for a model whose price is not known.';
COMMENT ON COLUMN llm_use_per_day.p95_latency_ms IS '95 % of them took at most this long.';
