-- The settings of a user as the rules see them, in the order in which facts_from (user_rows.cpp) reads them. For
-- statements that call `users` users.
  coalesce(users.timezone, '') AS timezone,
  encode(time_send(users.quiet_hours_start), 'hex') AS quiet_start,
  encode(time_send(users.quiet_hours_end), 'hex') AS quiet_end,
  users.quiet_hours_enabled AS quiet_hours_enabled,
  users.hourly_limit AS hourly_limit,
  users.daily_limit AS daily_limit,
  users.response_pattern AS response_pattern,
  users.opted_out_at IS NOT NULL AS opted_out,
  (SELECT work.priority FROM orchestrator.llm_work AS work
   WHERE work.shard = users.shard AND work.user_id = users.id AND work.question IS NOT NULL
   ORDER BY work.priority LIMIT 1) AS awaited_lane
