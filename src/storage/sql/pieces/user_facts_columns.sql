-- The settings and counters of a user as the rules see them, in the order in which facts_from (user_rows.cpp)
-- reads them. For statements that call `users` users and `user_message_budget` budget (which may be missing).
-- The cooldown runs from last_message_at.
  coalesce(users.timezone, '') AS timezone,
  (extract(epoch FROM users.quiet_hours_start) * 1000000)::bigint AS quiet_start,
  (extract(epoch FROM users.quiet_hours_end) * 1000000)::bigint AS quiet_end,
  users.quiet_hours_enabled AS quiet_hours_enabled,
  users.hourly_limit AS hourly_limit,
  users.daily_limit AS daily_limit,
  users.response_pattern AS response_pattern,
  users.opted_out_at IS NOT NULL AS opted_out,
  orchestrator.micros(budget.last_message_at) AS last_message_at,
  orchestrator.micros(budget.last_inbound_at) AS last_inbound_at,
  CASE WHEN cardinality(budget.recent_sends) > 0
       THEN (SELECT string_agg(orchestrator.micros(send)::text, ',' ORDER BY send)
             FROM unnest(budget.recent_sends) AS send)
  END AS recent_sends,
  CASE WHEN isfinite(budget.date) THEN budget.date - date '1970-01-01' END AS counted_day,
  least(coalesce(budget.messages_sent, 0), 1000000000) AS messages_sent,
  (SELECT work.priority FROM orchestrator.llm_work AS work
   WHERE work.shard = users.shard AND work.user_id = users.id AND work.question IS NOT NULL
   ORDER BY work.priority LIMIT 1) AS awaited_lane
