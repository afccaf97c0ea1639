-- Reads what user $1 has written since $2: the latest $3 messages, at most $4 characters of each, with the
-- instant until which that is all. Both are read in one statement: what is written afterwards is newer than
-- the instant.
-- Locks nothing. Index: primary key of user_message_budget, messages_said.
SELECT orchestrator.micros(budget.last_inbound_at) AS as_of, said.content, orchestrator.micros(said.created_at) AS at
FROM orchestrator.user_message_budget AS budget
LEFT JOIN LATERAL (
  SELECT created_at, left(content, $4) AS content FROM orchestrator.messages
  WHERE shard = budget.shard AND user_id = budget.user_id AND direction = 'inbound' AND created_at > $2::timestamptz
  ORDER BY created_at DESC LIMIT $3
) AS said ON true
WHERE budget.shard = orchestrator.shard_of($1) AND budget.user_id = $1
ORDER BY said.created_at
