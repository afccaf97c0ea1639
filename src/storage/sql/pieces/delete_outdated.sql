-- Examines up to $3 rows of {table} that follow id $1 and are older than $2, and deletes those for which {is_over}.
-- Only rows to be deleted are locked: a pass may want the others. Rows that another transaction has locked are
-- skipped.
WITH examined AS MATERIALIZED (
  SELECT id, user_id FROM {table}
  WHERE id > $1::uuid AND id < orchestrator.uuid_v7_floor($2::timestamptz)
  ORDER BY id LIMIT $3
), outdated AS MATERIALIZED (
  SELECT entry.id, entry.user_id
  FROM examined JOIN {table} AS entry ON entry.id = examined.id AND entry.user_id = examined.user_id
  WHERE {is_over}
  FOR UPDATE OF entry SKIP LOCKED
), deleted AS (
  DELETE FROM {table} AS entry USING outdated
  WHERE entry.id = outdated.id AND entry.user_id = outdated.user_id
  RETURNING entry.id
)
SELECT (SELECT count(*) FROM examined) AS examined,
       (SELECT count(*) FROM deleted) AS deleted,
       (SELECT id FROM examined ORDER BY id DESC LIMIT 1) AS last
