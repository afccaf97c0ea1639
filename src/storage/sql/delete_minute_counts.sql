-- Deletes up to $4 rows of minute_counts that are older than $3.
-- $1 logical shard and $2 id are returned as they are: deleted rows need no position to continue from. Returns how many
-- rows were examined and deleted.
-- Locks the rows to delete. Index: primary key of minute_counts.
WITH outdated AS MATERIALIZED (
  SELECT old.*
  FROM unnest(orchestrator.shards()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT shard, minute, agent_id, lane, outcome, reason, slot FROM orchestrator.minute_counts
    WHERE shard = s.shard AND minute < $3::timestamptz
    ORDER BY minute LIMIT $4
  ) AS old
  LIMIT $4
), deleted AS (
  DELETE FROM orchestrator.minute_counts AS counts USING outdated
  WHERE counts.shard = outdated.shard AND counts.minute = outdated.minute AND counts.agent_id = outdated.agent_id
    AND counts.lane = outdated.lane AND counts.outcome = outdated.outcome AND counts.reason = outdated.reason
    AND counts.slot = outdated.slot
  RETURNING counts.shard
)
SELECT (SELECT count(*) FROM outdated) AS examined, (SELECT count(*) FROM deleted) AS deleted,
       $1::smallint AS last_shard, $2::uuid AS last_id
