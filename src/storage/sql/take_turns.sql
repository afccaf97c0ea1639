-- Stores that turns are taken by agents: inbound_turns gets the turn with its token and lease, inbound_queue
-- the messages in it (for a new turn, the first $4 that wait), inbound_contacts the token and the end of the
-- lease.
-- $1 [{user_id, contact_id, turn_id, token, attempt, is_new}], $2 now, $3 lease until.
-- Locks the rows, of which the claim has locked the contacts before. Index: inbound_queue_waiting, primary
-- keys.
WITH taking AS MATERIALIZED (
  SELECT orchestrator.shard_of(user_id) AS shard, taking.*
  FROM json_to_recordset($1::json) AS taking (
    user_id text, contact_id text, turn_id uuid, token uuid, attempt integer, is_new boolean)
), turn AS (
  INSERT INTO orchestrator.inbound_turns AS turn (shard, id, user_id, contact_id, attempt, token, lease_until,
                                                  created_at, taken_at)
  SELECT shard, turn_id, user_id, contact_id, attempt, token, $3::timestamptz, $2::timestamptz, $2::timestamptz
  FROM taking
  ON CONFLICT (shard, id) DO UPDATE
  SET status = 'processing', attempt = excluded.attempt, token = excluded.token,
      lease_until = excluded.lease_until, taken_at = excluded.taken_at
), picked AS MATERIALIZED (
  SELECT taking.shard, head.id, taking.turn_id
  FROM taking CROSS JOIN LATERAL (
    SELECT id FROM orchestrator.inbound_queue
    WHERE shard = taking.shard AND user_id = taking.user_id AND status = 'waiting' ORDER BY position LIMIT $4
  ) AS head
  WHERE taking.is_new
), moved AS (
  UPDATE orchestrator.inbound_queue AS queue SET status = 'processing', turn_id = picked.turn_id
  FROM picked WHERE queue.shard = picked.shard AND queue.id = picked.id
)
UPDATE orchestrator.inbound_contacts AS contact
SET turn_id = taking.turn_id, token = taking.token, next_turn_at = $3::timestamptz
FROM taking WHERE contact.shard = taking.shard AND contact.user_id = taking.user_id
