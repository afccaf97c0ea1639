-- The counters of a user as the rules see them, in the order in which facts_from (user_rows.cpp) reads them. For
-- statements that call `user_message_budget` budget (which may be missing). The cooldown runs from last_message_at.
  encode(timestamptz_send(budget.last_message_at), 'hex') AS last_message_at,
  encode(timestamptz_send(budget.last_inbound_at), 'hex') AS last_inbound_at,
  CASE WHEN cardinality(budget.recent_sends) > 0 THEN encode(array_send(budget.recent_sends), 'hex') END AS recent_sends,
  CASE WHEN isfinite(budget.date) THEN budget.date - date '1970-01-01' END AS counted_day,
  least(coalesce(budget.messages_sent, 0), 1000000000) AS messages_sent
