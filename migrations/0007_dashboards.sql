-- Views for dashboards and alerts: docs/dashboards.md. Their names and columns are public API.

-- Parts of sequences that do not stand in line: few, so that incomplete sequences are found without a search.
CREATE INDEX message_queue_parts ON message_queue (user_id, sequence_id)
  WHERE status = 'queued' AND NOT ready;

-- What ended otherwise than sent.
CREATE INDEX agent_actions_log_ended ON agent_actions_log (action_type, id)
  WHERE action_type IN ('superseded', 'cancelled', 'expired', 'failed', 'duplicate');

-- The calendar date somewhere; null for a zone that is unknown. Users' rows may name any zone.
CREATE FUNCTION local_date(instant timestamptz, zone text) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (instant AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;

-- Only what the index of the line tells, so that history costs nothing.
CREATE VIEW queue_depth AS
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
  FROM message_queue
  WHERE status = 'queued' AND ready
  GROUP BY priority
) AS line USING (lane)
ORDER BY lane;

-- From messages, because their identifiers are in the order in which they crossed the line.
CREATE VIEW wait_time_by_lane AS
SELECT lane,
       count(*) AS sent,
       percentile_cont(0.50) WITHIN GROUP (ORDER BY wait) AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY wait) AS p95,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY wait) AS p99,
       extract(epoch FROM percentile_cont(0.50) WITHIN GROUP (ORDER BY wait)) AS p50_seconds,
       extract(epoch FROM percentile_cont(0.95) WITHIN GROUP (ORDER BY wait)) AS p95_seconds,
       extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY wait)) AS p99_seconds
FROM (
  SELECT queue.priority AS lane, queue.sent_at - greatest(queue.created_at, queue.scheduled_for) AS wait
  FROM messages AS message
  JOIN message_queue AS queue ON queue.id = message.queue_id AND queue.user_id = message.user_id
  WHERE message.id >= uuid_v7_floor(now() - interval '24 hours 1 minute')
    AND message.direction = 'outbound'
    AND queue.status = 'sent' AND queue.sent_at > now() - interval '24 hours'
    AND isfinite(greatest(queue.created_at, queue.scheduled_for))
) AS sent
GROUP BY lane
ORDER BY lane;

-- Identifiers are made by another clock than created_at, hence the minute more in the ranges of identifiers.
CREATE VIEW promotions_per_minute AS
SELECT date_trunc('minute', created_at) AS minute,
       (input_data ->> 'priority')::message_priority AS lane,
       count(*) AS promotions
FROM agent_actions_log
WHERE id >= uuid_v7_floor(now() - interval '61 minutes')
  AND created_at >= date_trunc('minute', now()) - interval '59 minutes'
  AND agent_type = 'message_orchestrator' AND action_type = 'promoted'
GROUP BY 1, 2
ORDER BY 1, 2;

CREATE VIEW deferrals_per_minute AS
SELECT date_trunc('minute', created_at) AS minute,
       output_data ->> 'reason' AS reason,
       count(*) AS deferrals
FROM agent_actions_log
WHERE id >= uuid_v7_floor(now() - interval '61 minutes')
  AND created_at >= date_trunc('minute', now()) - interval '59 minutes'
  AND agent_type = 'message_orchestrator' AND action_type = 'deferred'
GROUP BY 1, 2
ORDER BY 1, 2;

CREATE VIEW blocked_users AS
SELECT budget.user_id,
       budget.blocked_by,
       budget.blocked_until,
       line.waiting,
       budget.next_attempt_at
FROM user_message_budget AS budget
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting FROM message_queue AS queue
  WHERE queue.user_id = budget.user_id AND queue.status = 'queued' AND queue.ready
) AS line
WHERE budget.next_attempt_at IS NOT NULL AND budget.blocked_until > now();

CREATE VIEW blocked_by_reason AS
SELECT blocked_by,
       count(*) AS users,
       sum(waiting)::bigint AS waiting,
       min(blocked_until) AS first_opens_at,
       max(blocked_until) AS last_opens_at
FROM blocked_users
GROUP BY blocked_by
ORDER BY users DESC, blocked_by;

-- A counter of yesterday is spent: it counts nothing today, also before the next look corrects it.
CREATE VIEW budget_use AS
WITH zones AS MATERIALIZED (  -- one conversion a zone, not one a user
  SELECT timezone, local_date(now(), timezone) AS today
  FROM (SELECT DISTINCT timezone FROM users) AS known
)
SELECT user_id,
       greatest(date, zones.today) AS local_date,
       CASE WHEN zones.today > date THEN 0 ELSE messages_sent END AS messages_sent,
       budget.daily_limit,
       round((CASE WHEN zones.today > date THEN 0 ELSE messages_sent END)::numeric / nullif(budget.daily_limit, 0), 3)
         AS share_used,
       (SELECT count(*) FROM unnest(recent_sends) AS sent_at WHERE sent_at > now() - interval '1 hour')
         AS sent_last_hour,
       budget.hourly_limit,
       last_message_at
FROM user_message_budget AS budget
JOIN users ON users.id = budget.user_id
LEFT JOIN zones ON zones.timezone = users.timezone
WHERE date >= current_date - 1;

CREATE VIEW todays_superseded AS
SELECT log.user_id,
       (log.input_data ->> 'message_id')::uuid AS message_id,
       queue.agent_id,
       (log.output_data ->> 'superseded_by')::uuid AS superseded_by,
       log.created_at AS superseded_at
FROM agent_actions_log AS log
LEFT JOIN message_queue AS queue
  ON queue.id = (log.input_data ->> 'message_id')::uuid AND queue.user_id = log.user_id
WHERE log.action_type = 'superseded' AND log.agent_type = 'message_orchestrator'
  AND log.id >= uuid_v7_floor(current_date::timestamptz - interval '1 minute')
  AND log.created_at >= current_date;

CREATE VIEW todays_duplicates AS
SELECT log.user_id,
       (log.output_data ->> 'duplicate_of')::uuid AS duplicate_of,
       log.input_data ->> 'agent_id' AS agent_id,
       log.created_at AS refused_at
FROM agent_actions_log AS log
WHERE log.action_type = 'duplicate' AND log.agent_type = 'message_orchestrator'
  AND log.id >= uuid_v7_floor(current_date::timestamptz - interval '1 minute')
  AND log.created_at >= current_date;

-- Each event counts on the day on which it happened. A duplicate was never stored: its log knows the agent.
CREATE VIEW agent_volume AS
SELECT agent_id,
       count(*) FILTER (WHERE event = 'scheduled') AS scheduled,
       count(*) FILTER (WHERE event = 'sent') AS sent,
       count(*) FILTER (WHERE event = 'superseded') AS superseded,
       count(*) FILTER (WHERE event = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE event = 'expired') AS expired,
       count(*) FILTER (WHERE event = 'failed') AS failed,
       count(*) FILTER (WHERE event = 'duplicate') AS duplicates
FROM (
  SELECT agent_id, 'scheduled' AS event
  FROM message_queue
  WHERE id >= uuid_v7_floor(current_date::timestamptz - interval '1 minute') AND created_at >= current_date
  UNION ALL
  SELECT queue.agent_id, 'sent'
  FROM messages AS message
  JOIN message_queue AS queue ON queue.id = message.queue_id AND queue.user_id = message.user_id
  WHERE message.id >= uuid_v7_floor(current_date::timestamptz - interval '1 minute')
    AND message.direction = 'outbound'
    AND queue.status = 'sent' AND queue.sent_at >= current_date
  UNION ALL
  SELECT coalesce(queue.agent_id, log.input_data ->> 'agent_id'), log.action_type
  FROM agent_actions_log AS log
  LEFT JOIN message_queue AS queue
    ON queue.id = (log.input_data ->> 'message_id')::uuid AND queue.user_id = log.user_id
  WHERE log.action_type IN ('superseded', 'cancelled', 'expired', 'failed', 'duplicate')
    AND log.agent_type = 'message_orchestrator'
    AND log.id >= uuid_v7_floor(current_date::timestamptz - interval '1 minute')
    AND log.created_at >= current_date
) AS today
GROUP BY agent_id
ORDER BY agent_id;

CREATE VIEW incomplete_sequences AS
SELECT user_id,
       sequence_id,
       count(*) AS parts_present,
       max(sequence_total) AS parts_total,
       min(created_at) AS first_seen
FROM message_queue AS part
WHERE status = 'queued' AND NOT ready
  -- The parts of a complete one wait behind its first, which stands in line.
  AND NOT EXISTS (
    SELECT FROM message_queue AS first
    WHERE first.user_id = part.user_id AND first.sequence_id = part.sequence_id
      AND first.sequence_position = 1 AND first.status = 'queued' AND first.ready)
GROUP BY user_id, sequence_id
ORDER BY first_seen;

-- Whatever blocks a message has set its user's alarm to a later time. An alarm that is long past, or none
-- while messages wait, means that no pass comes or that it has lost them.
CREATE VIEW stuck_messages AS
SELECT line.id AS message_id,
       line.user_id,
       queue.agent_id,
       line.priority AS lane,
       line.scheduled_for,
       CASE WHEN isfinite(line.scheduled_for) THEN now() - line.scheduled_for END AS due_for,
       budget.next_attempt_at
FROM user_message_budget AS budget
JOIN message_queue AS line  -- as far as the index tells
  ON line.user_id = budget.user_id AND line.status = 'queued' AND line.ready
     AND line.scheduled_for < now() - interval '5 minutes'
JOIN message_queue AS queue ON queue.id = line.id AND queue.user_id = line.user_id
WHERE budget.next_attempt_at IS NULL OR budget.next_attempt_at < now() - interval '5 minutes';

COMMENT ON VIEW queue_depth IS
  'What stands in line, by lane; a sequence counts as one.';
COMMENT ON COLUMN queue_depth.lane IS 'In the order in which lanes are served.';
COMMENT ON COLUMN queue_depth.waiting IS 'Messages in line, due or not, blocked or not.';
COMMENT ON COLUMN queue_depth.due IS 'Of these, messages whose scheduled_for has come.';
COMMENT ON COLUMN queue_depth.oldest_waiting_since IS 'scheduled_for of the longest due one; null: none is due.';
COMMENT ON COLUMN queue_depth.oldest_due_age IS 'How long that one has been due.';
COMMENT ON COLUMN queue_depth.oldest_due_seconds IS 'The same in seconds; 0: none is due.';

COMMENT ON VIEW wait_time_by_lane IS
  'How long messages of the last 24 hours waited: from when they could go (the later of created_at and scheduled_for) until they crossed into messages.';
COMMENT ON COLUMN wait_time_by_lane.lane IS 'In the order in which lanes are served; a lane that sent nothing is missing.';
COMMENT ON COLUMN wait_time_by_lane.sent IS 'Messages sent in the last 24 hours.';
COMMENT ON COLUMN wait_time_by_lane.p50 IS 'Half of them waited at most this long.';
COMMENT ON COLUMN wait_time_by_lane.p95 IS '95 % of them waited at most this long.';
COMMENT ON COLUMN wait_time_by_lane.p99 IS '99 % of them waited at most this long.';
COMMENT ON COLUMN wait_time_by_lane.p50_seconds IS 'p50 in seconds.';
COMMENT ON COLUMN wait_time_by_lane.p95_seconds IS 'p95 in seconds.';
COMMENT ON COLUMN wait_time_by_lane.p99_seconds IS 'p99 in seconds.';

COMMENT ON VIEW promotions_per_minute IS
  'Messages that crossed into messages, the last 60 minutes; a minute without any is missing.';
COMMENT ON COLUMN promotions_per_minute.minute IS 'Its beginning; the last one is not over yet.';
COMMENT ON COLUMN promotions_per_minute.lane IS 'The lane of the messages.';
COMMENT ON COLUMN promotions_per_minute.promotions IS 'Messages.';

COMMENT ON VIEW deferrals_per_minute IS
  'Looks at a user that ended with the head of line held back, the last 60 minutes; a minute without any is missing.';
COMMENT ON COLUMN deferrals_per_minute.minute IS 'Its beginning; the last one is not over yet.';
COMMENT ON COLUMN deferrals_per_minute.reason IS 'What held it, as in the API: quiet_hours, cooldown, …';
COMMENT ON COLUMN deferrals_per_minute.deferrals IS 'Looks, not messages: a blocked user is looked at once.';

COMMENT ON VIEW blocked_users IS
  'Users for whom something waits while a rule blocks all of it.';
COMMENT ON COLUMN blocked_users.user_id IS 'users.id';
COMMENT ON COLUMN blocked_users.blocked_by IS 'The rule, as in the API: quiet_hours, cooldown, …';
COMMENT ON COLUMN blocked_users.blocked_until IS 'When it opens by itself; an inbound message or an edit of the user may open it sooner.';
COMMENT ON COLUMN blocked_users.waiting IS 'Messages in line, due or not.';
COMMENT ON COLUMN blocked_users.next_attempt_at IS 'When the user is looked at next.';

COMMENT ON VIEW blocked_by_reason IS
  'blocked_users in sum.';
COMMENT ON COLUMN blocked_by_reason.blocked_by IS 'The rule, as in the API.';
COMMENT ON COLUMN blocked_by_reason.users IS 'Users whom it blocks.';
COMMENT ON COLUMN blocked_by_reason.waiting IS 'Messages in line for them.';
COMMENT ON COLUMN blocked_by_reason.first_opens_at IS 'When the first of them may be written to.';
COMMENT ON COLUMN blocked_by_reason.last_opens_at IS 'When all of them may.';

COMMENT ON VIEW budget_use IS
  'What users have been sent on their own calendar day; users without a message since yesterday are missing.';
COMMENT ON COLUMN budget_use.user_id IS 'users.id';
COMMENT ON COLUMN budget_use.local_date IS 'The date where the user is; for a user without a usable zone, of the last look.';
COMMENT ON COLUMN budget_use.messages_sent IS 'On that date.';
COMMENT ON COLUMN budget_use.daily_limit IS 'As in force at the last look; 0: none.';
COMMENT ON COLUMN budget_use.share_used IS 'messages_sent / daily_limit; null without a limit.';
COMMENT ON COLUMN budget_use.sent_last_hour IS 'In the last 60 minutes.';
COMMENT ON COLUMN budget_use.hourly_limit IS 'As in force at the last look; 0: none.';
COMMENT ON COLUMN budget_use.last_message_at IS 'The last outbound message.';

COMMENT ON VIEW todays_superseded IS
  'Messages that a newer one with the same supersede_key has replaced since midnight of the session''s time zone.';
COMMENT ON COLUMN todays_superseded.user_id IS 'users.id';
COMMENT ON COLUMN todays_superseded.message_id IS 'message_queue.id of the one that will not go.';
COMMENT ON COLUMN todays_superseded.agent_id IS 'Whose it was; null when the row has been deleted.';
COMMENT ON COLUMN todays_superseded.superseded_by IS 'message_queue.id of the newer one.';
COMMENT ON COLUMN todays_superseded.superseded_at IS 'When.';

COMMENT ON VIEW todays_duplicates IS
  'Requests that repeated a message, and so were not stored, since midnight of the session''s time zone.';
COMMENT ON COLUMN todays_duplicates.user_id IS 'users.id';
COMMENT ON COLUMN todays_duplicates.duplicate_of IS 'message_queue.id of the first one.';
COMMENT ON COLUMN todays_duplicates.agent_id IS 'Who repeated it.';
COMMENT ON COLUMN todays_duplicates.refused_at IS 'When.';

COMMENT ON VIEW agent_volume IS
  'What became of agents'' messages since midnight of the session''s time zone. Each event counts on the day on which it happened, so the columns need not add up.';
COMMENT ON COLUMN agent_volume.agent_id IS 'As the agent calls itself.';
COMMENT ON COLUMN agent_volume.scheduled IS 'Messages stored.';
COMMENT ON COLUMN agent_volume.sent IS 'Messages that crossed into messages.';
COMMENT ON COLUMN agent_volume.superseded IS 'Replaced by a newer one.';
COMMENT ON COLUMN agent_volume.cancelled IS 'Taken back, or the person has opted out.';
COMMENT ON COLUMN agent_volume.expired IS 'expires_at came first.';
COMMENT ON COLUMN agent_volume.failed IS 'Nothing to say, or not renderable.';
COMMENT ON COLUMN agent_volume.duplicates IS 'Refused as repetitions; not among the scheduled.';

COMMENT ON VIEW incomplete_sequences IS
  'Sequences that wait for parts that have not come.';
COMMENT ON COLUMN incomplete_sequences.user_id IS 'users.id';
COMMENT ON COLUMN incomplete_sequences.sequence_id IS 'message_queue.sequence_id';
COMMENT ON COLUMN incomplete_sequences.parts_present IS 'Parts that wait.';
COMMENT ON COLUMN incomplete_sequences.parts_total IS 'Parts that there should be.';
COMMENT ON COLUMN incomplete_sequences.first_seen IS 'created_at of the oldest part.';

COMMENT ON VIEW stuck_messages IS
  'Messages due for more than 5 minutes although no rule blocks them. Empty unless no pass comes: the alert to page on.';
COMMENT ON COLUMN stuck_messages.message_id IS 'message_queue.id';
COMMENT ON COLUMN stuck_messages.user_id IS 'users.id';
COMMENT ON COLUMN stuck_messages.agent_id IS 'Whose it is.';
COMMENT ON COLUMN stuck_messages.lane IS 'Its lane.';
COMMENT ON COLUMN stuck_messages.scheduled_for IS 'When it became due.';
COMMENT ON COLUMN stuck_messages.due_for IS 'How long ago that is.';
COMMENT ON COLUMN stuck_messages.next_attempt_at IS 'When the user should have been looked at; null: the alarm is lost; -infinity: with the next pass.';
