-- Of the users $1 with supersede keys $2 (parallel arrays), those whose earlier messages with these keys
-- another transaction has locked: superseding them, which a trigger does, would wait for it.
-- Locks the other earlier messages. Index: message_queue_supersede, primary key of message_queue.
WITH earlier AS MATERIALIZED (
  SELECT queue.shard, queue.id, queue.user_id
  FROM unnest($1::text[], $2::text[]) AS submission (user_id, supersede_key)
  JOIN orchestrator.message_queue AS queue
    ON queue.shard = orchestrator.shard_of(submission.user_id) AND queue.user_id = submission.user_id
       AND queue.supersede_key = submission.supersede_key
  WHERE queue.status IN ('queued', 'approved')
), locked AS MATERIALIZED (
  SELECT queue.id FROM earlier JOIN orchestrator.message_queue AS queue USING (shard, id)
  FOR NO KEY UPDATE OF queue SKIP LOCKED
)
SELECT DISTINCT user_id FROM earlier WHERE id NOT IN (SELECT id FROM locked)
