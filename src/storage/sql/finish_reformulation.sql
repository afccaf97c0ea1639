-- Marks request $1 as done at $2; one that is done stays as it is. It is looked for in all logical shards if it is not
-- in the one that the id names.
-- Locks the row. Index: primary key of reformulation_requests.
WITH found AS (
  SELECT shard FROM orchestrator.reformulation_requests WHERE shard = orchestrator.shard_in($1::uuid) AND id = $1::uuid
  UNION ALL
  SELECT request.shard
  FROM unnest(orchestrator.shards()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT shard FROM orchestrator.reformulation_requests WHERE shard = s.shard AND id = $1::uuid LIMIT 1
  ) AS request
  LIMIT 1
)
UPDATE orchestrator.reformulation_requests AS request SET done_at = coalesce(request.done_at, $2::timestamptz)
FROM found
WHERE request.shard = found.shard AND request.id = $1::uuid
