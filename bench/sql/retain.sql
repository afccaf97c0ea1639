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
  cursor_id uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  WHILE examined = batch LOOP
    EXECUTE format(
      'WITH examined AS MATERIALIZED (
         SELECT id, user_id FROM %1$s WHERE id > $1 AND id < uuid_v7_floor($2) ORDER BY id LIMIT $3
       ), outdated AS MATERIALIZED (
         SELECT entry.id, entry.user_id
         FROM examined JOIN %1$s AS entry ON entry.id = examined.id AND entry.user_id = examined.user_id
         WHERE %2$s
         FOR UPDATE OF entry SKIP LOCKED
       ), deleted AS (
         DELETE FROM %1$s AS entry USING outdated
         WHERE entry.id = outdated.id AND entry.user_id = outdated.user_id
       )
       SELECT count(*), (SELECT id FROM examined ORDER BY id DESC LIMIT 1) FROM examined', subject, is_finished)
      INTO examined, cursor_id USING cursor_id, before, batch;
    COMMIT;
  END LOOP;
END $$;

CALL bench_retain('message_queue', $$ entry.status NOT IN ('queued', 'approved') $$, :'before');
CALL bench_retain('agent_actions_log', 'true', :'before');
