-- Finds the newest $4 rows, of the log and of message_queue, with ids between the instants $1 and $2 and not
-- before id $3. Reads indexes only.
-- Locks nothing. Index: primary keys of agent_actions_log and message_queue.
SELECT id, user_id, is_in_queue FROM (
  (SELECT id, user_id, false AS is_in_queue FROM orchestrator.agent_actions_log
   WHERE id >= greatest(orchestrator.uuid_v7_floor($1::timestamptz), $3::uuid) AND id < orchestrator.uuid_v7_floor($2::timestamptz)
   ORDER BY id DESC LIMIT $4)
  UNION ALL
  (SELECT id, user_id, true FROM orchestrator.message_queue
   WHERE id >= greatest(orchestrator.uuid_v7_floor($1::timestamptz), $3::uuid) AND id < orchestrator.uuid_v7_floor($2::timestamptz)
   ORDER BY id DESC LIMIT $4)
) AS newest
ORDER BY id DESC LIMIT $4
