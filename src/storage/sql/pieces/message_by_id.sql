-- The message $1, whose user is not known: in the shard that its id carries, and if it is not there, in all of them.
-- An id that was made elsewhere carries no shard, or seems to; so may that of a message that was moved to another user.
  SELECT * FROM orchestrator.message_queue WHERE shard = orchestrator.shard_in($1::uuid) AND id = $1::uuid
  UNION ALL
  SELECT elsewhere.*
  FROM unnest(orchestrator.shards()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT * FROM orchestrator.message_queue WHERE shard = s.shard AND id = $1::uuid LIMIT 1
  ) AS elsewhere
  LIMIT 1
