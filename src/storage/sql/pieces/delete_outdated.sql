-- Examines up to $4 rows of {table} that are older than $3, in the order of logical shard and id, and deletes those for
-- which {is_over}: from row ($1, $2) of that order on, without it.
-- Only rows to be deleted are locked: a pass may want the others. Rows that another transaction has locked are
-- skipped.
WITH examined AS MATERIALIZED (
  SELECT old.shard, old.id
  FROM unnest(orchestrator.shards()) AS s (shard)
  CROSS JOIN LATERAL (
    SELECT shard, id FROM {table}
    WHERE shard = s.shard AND id < orchestrator.uuid_v7_floor($3::timestamptz)
      AND id > CASE WHEN s.shard = $1::smallint THEN $2::uuid ELSE '00000000-0000-0000-0000-000000000000' END
    ORDER BY id LIMIT $4
  ) AS old
  WHERE s.shard >= $1::smallint
  LIMIT $4
), outdated AS MATERIALIZED (
  SELECT entry.shard, entry.id
  FROM examined JOIN {table} AS entry ON entry.shard = examined.shard AND entry.id = examined.id
  WHERE {is_over}
  FOR UPDATE OF entry SKIP LOCKED
), deleted AS (
  DELETE FROM {table} AS entry USING outdated
  WHERE entry.shard = outdated.shard AND entry.id = outdated.id
  RETURNING entry.id
), last AS (
  SELECT shard, id FROM examined ORDER BY shard DESC, id DESC LIMIT 1
)
SELECT (SELECT count(*) FROM examined) AS examined,
       (SELECT count(*) FROM deleted) AS deleted,
       (SELECT shard FROM last) AS last_shard,
       (SELECT id FROM last) AS last_id
