-- Reads the users $2 in the logical shards $1 (parallel arrays): the version of their rows, settings, counters, and their
-- first 9 waiting messages in the order of the queue: one more than is taken as a whole queue (kWholeQueue in
-- queue_rows.hpp). Returns a row for each message, or one for a user without any, with the user's position in the
-- arrays, from 0.
-- Locks nothing.
-- Index: primary keys of users and user_message_budget, message_queue_head, llm_work_user.
SELECT requested.position - 1 AS position, budget.xmin AS version,
-- include: user_facts_columns
  ,
-- include: waiting_message_columns
FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS requested (shard, user_id, position)
JOIN orchestrator.users ON users.shard = requested.shard AND users.id = requested.user_id
JOIN orchestrator.user_message_budget AS budget
  ON budget.shard = requested.shard AND budget.user_id = requested.user_id
LEFT JOIN LATERAL (
  SELECT * FROM orchestrator.message_queue
  WHERE shard = requested.shard AND user_id = requested.user_id AND status IN ('queued', 'approved') AND ready
  ORDER BY priority, can_delay, scheduled_for, id LIMIT 9
) AS head ON true
