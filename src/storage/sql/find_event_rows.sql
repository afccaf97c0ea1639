-- Finds, of the log, of message_queue, and of the promoted rows of `messages`, the newest $11 rows in each of these
-- logical shards: $5, $7 and $9, each row with an id before the one in the parallel array $6, $8 or $10. Only ids between
-- the instants $1 and $2, and neither before $3 nor before $4.
-- Locks nothing. Index: primary keys of agent_actions_log, message_queue and messages, each in its order.
WITH span AS MATERIALIZED (
  SELECT greatest(orchestrator.uuid_v7_floor($1::timestamptz), $3::uuid, $4::uuid) AS first,
         orchestrator.uuid_v7_floor($2::timestamptz) AS past
)
SELECT entry.id, stream.shard, 'log' AS source
FROM unnest($5::smallint[], $6::uuid[]) AS stream (shard, past)
CROSS JOIN LATERAL (
  SELECT id FROM orchestrator.agent_actions_log
  WHERE shard = stream.shard AND id >= (SELECT first FROM span) AND id < least(stream.past, (SELECT past FROM span))
  ORDER BY id DESC LIMIT $11
) AS entry
UNION ALL
SELECT queue.id, stream.shard, 'queue'
FROM unnest($7::smallint[], $8::uuid[]) AS stream (shard, past)
CROSS JOIN LATERAL (
  SELECT id FROM orchestrator.message_queue
  WHERE shard = stream.shard AND id >= (SELECT first FROM span) AND id < least(stream.past, (SELECT past FROM span))
  ORDER BY id DESC LIMIT $11
) AS queue
UNION ALL
SELECT message.id, stream.shard, 'messages'
FROM unnest($9::smallint[], $10::uuid[]) AS stream (shard, past)
CROSS JOIN LATERAL (
  SELECT id FROM orchestrator.messages
  WHERE shard = stream.shard AND id >= (SELECT first FROM span) AND id < least(stream.past, (SELECT past FROM span))
    AND direction = 'outbound' AND queue_id IS NOT NULL
  ORDER BY id DESC LIMIT $11
) AS message
