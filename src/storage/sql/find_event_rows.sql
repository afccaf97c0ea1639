-- Finds the newest $4 rows with ids between the instants $1 and $2 and not before id $3: of the log, of
-- message_queue, and the promoted ones of `messages`. In each logical shard, its newest $4.
-- Locks nothing. Index: primary keys of agent_actions_log, message_queue and messages.
WITH span AS MATERIALIZED (
  SELECT greatest(orchestrator.uuid_v7_floor($1::timestamptz), $3::uuid) AS first,
         orchestrator.uuid_v7_floor($2::timestamptz) AS past
)
SELECT newest.id, s.shard, newest.source
FROM unnest(orchestrator.shards()) AS s (shard)
CROSS JOIN LATERAL (
  (SELECT id, 'log' AS source FROM orchestrator.agent_actions_log
   WHERE shard = s.shard AND id >= (SELECT first FROM span) AND id < (SELECT past FROM span)
   ORDER BY id DESC LIMIT $4)
  UNION ALL
  (SELECT id, 'queue' FROM orchestrator.message_queue
   WHERE shard = s.shard AND id >= (SELECT first FROM span) AND id < (SELECT past FROM span)
   ORDER BY id DESC LIMIT $4)
  UNION ALL
  (SELECT id, 'messages' FROM orchestrator.messages
   WHERE shard = s.shard AND id >= (SELECT first FROM span) AND id < (SELECT past FROM span)
     AND direction = 'outbound' AND queue_id IS NOT NULL
   ORDER BY id DESC LIMIT $4)
) AS newest
ORDER BY newest.id DESC LIMIT $4
