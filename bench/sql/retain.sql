-- Deletes finished rows of message_queue and agent_actions_log that are older than :before, with the statements that
-- retention uses between passes, a thousand rows per transaction.
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;

CREATE OR REPLACE PROCEDURE bench_retain(subject regclass, is_finished text, before timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  batch constant integer := 1000;
  examined integer := batch;
  last_shard smallint := 0;
  last_id uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  WHILE examined = batch LOOP
    EXECUTE format(
      'WITH examined AS MATERIALIZED (
         SELECT old.shard, old.id
         FROM unnest(shards()) AS s (shard)
         CROSS JOIN LATERAL (
           SELECT shard, id FROM %1$s
           WHERE shard = s.shard AND id < uuid_v7_floor($3)
             AND id > CASE WHEN s.shard = $1 THEN $2 ELSE ''00000000-0000-0000-0000-000000000000'' END
           ORDER BY id LIMIT $4
         ) AS old
         WHERE s.shard >= $1
         LIMIT $4
       ), outdated AS MATERIALIZED (
         SELECT entry.shard, entry.id
         FROM examined JOIN %1$s AS entry ON entry.shard = examined.shard AND entry.id = examined.id
         WHERE %2$s
         FOR UPDATE OF entry SKIP LOCKED
       ), deleted AS (
         DELETE FROM %1$s AS entry USING outdated
         WHERE entry.shard = outdated.shard AND entry.id = outdated.id
       ), last AS (
         SELECT shard, id FROM examined ORDER BY shard DESC, id DESC LIMIT 1
       )
       SELECT (SELECT count(*) FROM examined), (SELECT shard FROM last), (SELECT id FROM last)',
      subject, is_finished)
      INTO examined, last_shard, last_id USING last_shard, last_id, before, batch;
    COMMIT;
  END LOOP;
END $$;

CALL bench_retain('message_queue', $$ entry.status NOT IN ('queued', 'approved')
                                      AND greatest(entry.created_at, entry.sent_at) < $3 $$, :'before');
CALL bench_retain('agent_actions_log', 'entry.created_at < $3', :'before');
